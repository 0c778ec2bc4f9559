import { readFileSync } from 'node:fs';
import { pino } from 'pino';
import { createFleet, type Fleet } from '../../receiver/src/fleet/create-fleet.ts';
import { type ForeignSource, publish } from '../../sfu/test/support/foreign-client.ts';
import { type RedisServer, startRedisServer } from '../../sfu/test/support/redis-server.ts';
import { type Relay, startRelay } from '../../sfu/test/support/relay.ts';
import { type SfuStack, startSfuStack } from '../../sfu/test/support/sfu-stack.ts';
import { waitFor } from '../../sfu/test/support/wait-for.ts';
import { progress } from './figures.ts';
import { HeardStamps } from './heard-stamps.ts';

/** Two nodes with a Redis and a database, receivers on both, and a presenter at node b: what is broken is node a, or what both share. */
export interface FaultRig {
  readonly a: SfuStack;
  readonly b: SfuStack;
  readonly redis: RedisServer;
  /** Between node a and Redis. */
  readonly relay: Relay;
  readonly source: ForeignSource;
  readonly heard: HeardStamps;
  readonly broadcastId: string;
  /** Media worker of node a. */
  workerPid(): number;
  /** The presenter stops sending, as when its link is cut; answers how it goes on. */
  cutPresenter(): () => void;
  /** Half of the receivers are at node a again, each with a second path to the other one (unless they hold none): those that went to another node in the round before begin anew where they belong. */
  spread(): Promise<void>;
  close(): Promise<void>;
}

/** How long after its stamp a packet can still be played, in ms: a playout delay of 200 ms. */
const PLAYABLE_MS = 200;
/** Opus of 20 ms that tells its number. */
const frame = (n: number): Buffer => Buffer.from([0xf8, 0xff, 1, (n >> 8) & 0xff, n & 0xff]);

const WAIT_MS = 60_000;
const until = (what: string, done: () => Promise<boolean> | boolean): Promise<void> =>
  waitFor(async () => ((await done()) ? '' : what), WAIT_MS);

const receiversAt = async (node: SfuStack): Promise<number> =>
  ((await (await node.get('/api/v1/node')).json()) as { receivers: number }).receivers;

/** What is on air, and how it is listened to. */
export interface FaultRigOptions {
  readonly receivers: number;
  /** 3: an emergency. */
  readonly level: 1 | 3;
  /** PO40: whether receivers hold second paths. */
  readonly secondPaths: boolean;
}

export async function startFaultRig({ receivers, level, secondPaths }: FaultRigOptions): Promise<FaultRig> {
  progress('starting Redis, PostgreSQL and two nodes …');
  const redis = await startRedisServer();
  const relay = await startRelay(redis.port);
  const startNode = (id: string, redisPort: number, beside?: SfuStack) =>
    startSfuStack({
      separate: true,
      ...(beside ? { beside, ownData: true } : {}),
      settings: {
        REDIS_URL: `redis://127.0.0.1:${redisPort}`,
        SFU_NODE_ID: id,
        SFU_PLAYOUT_DELAY_MS: String(PLAYABLE_MS),
      },
    });
  // Node b keeps the database: it must not go with node a.
  const b = await startNode('b', redis.port);
  const a = await startNode('a', relay.port, b);
  const source = await publish(b.url, b.token);
  let stop = source.play(frame);
  const heard = new HeardStamps(PLAYABLE_MS);
  const clusters = b.zones.filter(({ kind }) => kind === 'cluster').map(({ id }) => String(id));
  const openFleet = (node: SfuStack, prefix: string): Fleet =>
    createFleet({
      doorUrl: node.url,
      token: node.token,
      zones: clusters,
      count: receivers / 2,
      // Devices do not wait for each other.
      joinsAtATime: receivers,
      secondPaths,
      prefix,
      // What receivers say while their node is broken is expected; `TEST_LOG_LEVEL=info` shows it, with the processes' logs, for finding out where the time goes.
      log: pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'error' }, pino.destination(2)),
      onPacket: ({ id }, tag, rtpTimestamp, arrivedServerMs) => heard.note(id, tag, rtpTimestamp, arrivedServerMs),
    });
  progress(`joining ${receivers} receivers …`);
  const openFleets = async (): Promise<Fleet[]> => {
    const opened = [openFleet(a, 'at-a'), openFleet(b, 'at-b')];
    await Promise.all(opened.map((fleet) => fleet.ready()));
    return opened;
  };
  let fleets = await openFleets();
  const root = b.zones.find(({ parentId }) => parentId === null)?.id ?? '';
  const started = await b.post('/api/v1/broadcasts', {
    id: `faults-${Date.now()}`,
    key: `faults-${Date.now()}-key-of-the-bench`,
    title: 'voice',
    source: { kind: 'live', sourceId: source.sourceId },
    zones: [root],
    level,
    authority: 1,
    mode: 'replace',
    wait: false,
  });
  if (started.status !== 201) throw new Error(`not started: ${await started.text()}`);
  const { broadcastId, tag } = (await started.json()) as { broadcastId: string; tag: number };
  heard.tag = tag;
  await until('all receivers hear the voice', () => heard.receivers === receivers);

  return {
    a,
    b,
    redis,
    relay,
    source,
    heard,
    broadcastId,
    workerPid: () =>
      Number(readFileSync(`/proc/${a.pumpPid}/task/${a.pumpPid}/children`, 'utf8').trim().split(/\s+/)[0]),
    cutPresenter() {
      stop();
      return () => void (stop = source.play(frame));
    },
    async spread() {
      await until('both nodes know each other', async () => {
        const states = await Promise.all([a, b].map(async (node) => (await node.get('/api/v1/node')).json()));
        return (states as { connectedPeers: number; doors: string[] }[]).every(
          ({ connectedPeers, doors }) => connectedPeers === 1 && doors.length === 1,
        );
      });
      const places = await Promise.all([a, b].map(receiversAt));
      if (places.some((count) => count !== receivers / 2)) {
        await Promise.all(fleets.map((fleet) => fleet.close()));
        fleets = await openFleets();
      }
      if (!secondPaths) return;
      await until('all second paths', () => fleets.reduce((sum, fleet) => sum + fleet.withSecondPath, 0) === receivers);
    },
    async close() {
      await Promise.all(fleets.map((fleet) => fleet.close()));
      await source.close();
      await a.close().catch(() => undefined);
      await b.close();
      await relay.close();
      await redis.close();
    },
  };
}
