import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pino } from 'pino';
import { createDemoDatabase } from '@loa/prisma/testing/demo-database';
import type { Zone } from '@loa/shared/zones/zone';
import { createLinkClient, type LinkClient } from '../../sfu/src/link/link-client.ts';
import { progress, sleep } from './figures.ts';

/** The sfu as it runs for real: door and pump in processes of their own, an own database, the demo city. */
export interface BenchStack {
  readonly url: string;
  readonly token: string;
  readonly zones: readonly Zone[];
  readonly dataDir: string;
  /** An own connection to the pump, for its figures. */
  readonly pump: LinkClient;
  readonly pumpPid: number;
  /** The media worker's process id. */
  workerPid(): number;
  zonesOf(kind: Zone['kind']): readonly Zone[];
  api(path: string, body?: unknown): Promise<Response>;
  close(): Promise<void>;
}

const ROOT = resolve(import.meta.dirname, '..', '..');
const TOKEN = 'token-of-a-bench-on-loopback-0123456789';
export const BENCH_ORIGIN = 'http://localhost';

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address ? address.port : 0;
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/).filter(Boolean).map(Number);
}

async function untilReady(url: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.ok) return;
    await sleep(100);
  }
  throw new Error('the door is not ready after 30 s');
}

export async function startBenchStack(
  settings: { readonly playoutDelayMs?: number; readonly studioOrigins?: string } = {},
): Promise<BenchStack> {
  progress('starting database, pump and door …');
  const database = await createDemoDatabase();
  const dataDir = mkdtempSync(join(tmpdir(), 'loa-bench-'));
  mkdirSync(join(dataDir, 'run'), { recursive: true });
  const linkPath = join(dataDir, 'run', 'pump.sock');
  const port = await freePort();
  const env = {
    ...process.env,
    LOA_DATA_DIR: dataDir,
    DATABASE_URL: database.url,
    SFU_LINK_PATH: linkPath,
    SFU_PORT: String(port),
    SFU_MEDIA_PORT: String(await freePort()),
    SFU_ACCESS_TOKEN: TOKEN,
    SFU_STUDIO_ORIGINS: settings.studioOrigins ?? BENCH_ORIGIN,
    SFU_PLAYOUT_DELAY_MS: String(settings.playoutDelayMs ?? 60),
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'warn',
  };
  const start = (script: string): ChildProcess =>
    spawn(process.execPath, [join(ROOT, script)], { env, stdio: ['ignore', 'inherit', 'inherit'], detached: true });
  const pump = start('sfu/src/pump/main.ts');
  const door = start('sfu/src/door/main.ts');
  const url = `http://127.0.0.1:${port}`;
  await untilReady(url);
  const { zones } = (await (await fetch(`${url}/api/v1/zones`)).json()) as { zones: Zone[] };
  const link = createLinkClient(
    linkPath,
    { onConnected: () => Promise.resolve(), onNotice: () => undefined, onDisconnected: () => undefined },
    pino({ level: 'silent' }),
  );
  while (!link.connected) await sleep(10);

  return {
    url,
    token: TOKEN,
    zones,
    dataDir,
    pump: link,
    pumpPid: pump.pid ?? 0,
    workerPid: () => childrenOf(pump.pid ?? 0)[0] ?? 0,
    zonesOf: (kind) => zones.filter((zone) => zone.kind === kind),
    api: (path, body) =>
      fetch(`${url}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    async close() {
      link.close();
      await endProcess(door);
      await endProcess(pump);
      await database.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Asks a process of ours to end, and waits until it has. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  await gone;
}

/** Processor time of a process so far, ms (user and system). */
export function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const CLOCK_TICKS_PER_S = 100;
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / CLOCK_TICKS_PER_S;
}
