import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort, isFree } from './free-port.ts';

/** What the tests need to know of the running system; handed on in the environment. */
export interface SystemFacts {
  readonly studioUrl: string;
  readonly doorUrl: string;
  readonly dataDir: string;
  readonly token: string;
}

const ROOT = resolve(import.meta.dirname, '..', '..');
const READY_TIMEOUT_MS = 120_000;
/** Between the ports of two nodes, as the starter has them. */
const STUDIO_STEP = 10;
const MEDIA_STEP = 100;
const TOKEN = 'token-of-the-whole-system-test-0123456789';

/** The doors of the nodes a, b, … */
export function doorUrlsOf({ doorUrl }: SystemFacts, nodes: number): string[] {
  const port = Number(new URL(doorUrl).port);
  return Array.from({ length: nodes }, (_, index) => `http://127.0.0.1:${port + index}`);
}

async function untilAnswers(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    const answer = await fetch(url).catch(() => null);
    if (answer?.ok) return;
    if (child.exitCode !== null) throw new Error(`the system ended with ${child.exitCode} before it was ready`);
    if (Date.now() > deadline) throw new Error(`${url} does not answer`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** A free port whose followers, as many as there are further nodes, are free as well: nodes have ports `step` apart. */
async function freePorts(nodes: number, step: number): Promise<number> {
  for (;;) {
    const port = await freePort();
    const others = Array.from({ length: nodes - 1 }, (_, index) => port + step * (index + 1));
    const free = await Promise.all(others.map(isFree));
    if (free.every(Boolean)) return port;
  }
}

/** A machine of its own for the system. */
export interface SystemPlace {
  /** What to put before its command. */
  readonly commandThere: readonly string[];
  /** What is different there from one that only this machine reaches. */
  settings(doorPort: number): Readonly<Record<string, string>>;
  /** Makes ports of that machine's own loopback address ports of ours. */
  reach(ports: readonly number[]): Promise<unknown>;
}

/** Starts what `npm start` starts, or `npm run cluster` with several nodes, on free ports and an own data folder. */
export async function startSystem({ nodes = 1, place }: { nodes?: number; place?: SystemPlace } = {}): Promise<{
  facts: SystemFacts;
  stop(): Promise<void>;
}> {
  const dataDir = mkdtempSync(join(tmpdir(), 'loa-e2e-'));
  // Under root the embedded database runs as another user, who must get in.
  chmodSync(dataDir, 0o755);
  const [studioPort, doorPort, mediaPort] = [
    await freePorts(nodes, STUDIO_STEP),
    await freePorts(nodes, 1),
    await freePorts(nodes, MEDIA_STEP),
  ];
  const facts: SystemFacts = {
    studioUrl: `http://localhost:${studioPort}`,
    doorUrl: `http://127.0.0.1:${doorPort}`,
    dataDir,
    token: TOKEN,
  };
  const [program, ...args] = [...(place?.commandThere ?? []), process.execPath, join(ROOT, 'scripts/start/main.ts')];
  const child = spawn(program ?? process.execPath, args, {
    cwd: ROOT,
    env: {
      ...process.env,
      LOA_DATA_DIR: dataDir,
      STUDIO_HOST: '127.0.0.1',
      STUDIO_PORT: String(studioPort),
      SFU_PORT: String(doorPort),
      SFU_MEDIA_PORT: String(mediaPort),
      SFU_ACCESS_TOKEN: TOKEN,
      DATABASE_URL: '',
      LOA_NODES: String(nodes),
      ...(nodes > 1 ? { LOA_REDIS_PORT: String(await freePort()), REDIS_URL: '' } : {}),
      ...place?.settings(doorPort),
    },
    // Over the channel the system hears of our end, whatever kind of end that is, and ends as well.
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: true,
  });
  await place?.reach([studioPort, doorPort]);
  for (const url of doorUrlsOf(facts, nodes)) await untilAnswers(`${url}/readyz`, child);
  await untilAnswers(`http://127.0.0.1:${studioPort}/`, child);
  return {
    facts,
    async stop() {
      const gone = new Promise((done) => child.once('exit', done));
      child.kill('SIGTERM');
      if (child.exitCode === null) await gone;
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
