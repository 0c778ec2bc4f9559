import { pino } from 'pino';
import { createDemoDatabase } from '@loa/prisma/testing/demo-database';
import type { Zone } from '@loa/shared/zones/zone';
import { createLinkClient, type LinkClient } from '../../sfu/src/link/link-client.ts';
import { startRedisServer } from '../../sfu/test/support/redis-server.ts';
import { type BenchNode, startBenchNode } from './bench-node.ts';
import { progress, sleep } from './figures.ts';

/** The demo city with a database of its own and one sfu, or several with a Redis. */
export interface BenchStack {
  /** Door of the first node: commands are given there. */
  readonly url: string;
  readonly token: string;
  readonly zones: readonly Zone[];
  /** Of the first node. */
  readonly dataDir: string;
  readonly nodes: readonly BenchNode[];
  /** An own connection to the pump of the first node, for its figures. */
  readonly pump: LinkClient;
  /** Process ids of all media workers. */
  workerPids(): number[];
  zonesOf(kind: Zone['kind']): readonly Zone[];
  api(path: string, body?: unknown): Promise<Response>;
  close(): Promise<void>;
}

export interface BenchStackOptions {
  readonly playoutDelayMs?: number;
  readonly studioOrigins?: string;
  /** One unless said otherwise. */
  readonly nodes?: number;
  /** Media workers of each node; as many as the pump takes by itself unless said otherwise. */
  readonly workers?: number;
  /** Address at which door and media are reached; left out: loopback. */
  readonly host?: string;
}

const TOKEN = 'token-of-a-bench-on-loopback-0123456789';
export const BENCH_ORIGIN = 'http://localhost';
const ACQUAINTED_TIMEOUT_MS = 30_000;

/** Until every node hears from all others. */
async function untilAcquainted(nodes: readonly BenchNode[]): Promise<void> {
  for (const deadline = Date.now() + ACQUAINTED_TIMEOUT_MS; Date.now() < deadline; await sleep(100)) {
    const states = await Promise.all(nodes.map(async ({ url }) => (await fetch(`${url}/api/v1/node`)).json()));
    const known = (states as { connectedPeers: number }[]).map(({ connectedPeers }) => connectedPeers);
    if (known.every((peers) => peers === nodes.length - 1)) return;
  }
  throw new Error(`the nodes do not know each other after ${ACQUAINTED_TIMEOUT_MS} ms`);
}

export async function startBenchStack(options: BenchStackOptions = {}): Promise<BenchStack> {
  const count = options.nodes ?? 1;
  progress(`starting the database and ${count === 1 ? 'one node' : `${count} nodes with a Redis`} …`);
  // What was started is closed in reverse, also when what comes after it does not start.
  const started: Array<() => unknown> = [];
  const close = async () => {
    for (const end of started.splice(0).reverse()) await end();
  };
  try {
    return await start(count, options, started, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(
  count: number,
  { playoutDelayMs = 60, studioOrigins = BENCH_ORIGIN, workers, host }: BenchStackOptions,
  started: Array<() => unknown>,
  close: () => Promise<void>,
): Promise<BenchStack> {
  const database = await createDemoDatabase();
  started.push(() => database.close());
  const redis = count === 1 ? null : await startRedisServer();
  if (redis) started.push(() => redis.close());
  const nodes: BenchNode[] = [];
  for (let n = 0; n < count; n++) {
    const node = await startBenchNode(host, {
      DATABASE_URL: database.url,
      SFU_ACCESS_TOKEN: TOKEN,
      SFU_STUDIO_ORIGINS: studioOrigins,
      SFU_PLAYOUT_DELAY_MS: String(playoutDelayMs),
      ...(workers === undefined ? {} : { SFU_WORKERS: String(workers) }),
      ...(redis ? { REDIS_URL: redis.url, SFU_NODE_ID: `bench-${n + 1}` } : {}),
    });
    started.push(() => node.close());
    nodes.push(node);
  }
  await untilAcquainted(nodes);
  const [first] = nodes as [BenchNode];
  const { zones } = (await (await fetch(`${first.url}/api/v1/zones`)).json()) as { zones: Zone[] };
  const link = createLinkClient(
    first.linkPath,
    { onConnected: () => Promise.resolve(), onNotice: () => undefined, onDisconnected: () => undefined },
    pino({ level: 'silent' }),
  );
  started.push(() => link.close());
  while (!link.connected) await sleep(10);

  return {
    url: first.url,
    token: TOKEN,
    zones,
    dataDir: first.dataDir,
    nodes,
    pump: link,
    workerPids: () => nodes.flatMap((node) => node.workerPids()),
    zonesOf: (kind) => zones.filter((zone) => zone.kind === kind),
    api: (path, body) =>
      fetch(`${first.url}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    close,
  };
}
