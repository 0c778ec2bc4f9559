import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from '../../e2e/support/free-port.ts';
import { childrenOf } from '../../sfu/test/support/children.ts';
import { sleep } from './figures.ts';
import { endProcess } from './processes.ts';

/** Door and pump of one sfu as they run for real: in processes of their own, with a data folder of their own. */
export interface BenchNode {
  readonly url: string;
  readonly dataDir: string;
  readonly linkPath: string;
  /** Process ids of its media workers. */
  workerPids(): number[];
  close(): Promise<void>;
}

const ROOT = resolve(import.meta.dirname, '..', '..');
const READY_TIMEOUT_MS = 30_000;

async function untilReady(url: string): Promise<void> {
  for (const deadline = Date.now() + READY_TIMEOUT_MS; Date.now() < deadline; await sleep(100)) {
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.ok) return;
  }
  throw new Error(`the door is not ready after ${READY_TIMEOUT_MS} ms`);
}

/** Starts one and waits until it can work; `host` undefined: on loopback; `settings` beyond where it listens and keeps its files. */
export async function startBenchNode(
  host: string | undefined,
  settings: Readonly<Record<string, string>>,
): Promise<BenchNode> {
  const dataDir = mkdtempSync(join(tmpdir(), 'loa-bench-'));
  mkdirSync(join(dataDir, 'run'), { recursive: true });
  const linkPath = join(dataDir, 'run', 'pump.sock');
  const port = await freePort();
  const env = {
    ...process.env,
    LOA_DATA_DIR: dataDir,
    SFU_LINK_PATH: linkPath,
    SFU_PORT: String(port),
    SFU_MEDIA_PORT: '0',
    ...(host === undefined ? {} : { SFU_HOST: host, SFU_MEDIA_HOST: host, SFU_ALLOW_REMOTE: 'yes' }),
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'warn',
    ...settings,
  };
  const start = (script: string): ChildProcess =>
    spawn(process.execPath, [join(ROOT, script)], { env, stdio: ['ignore', 'inherit', 'inherit'], detached: true });
  const pump = start('sfu/src/pump/main.ts');
  const door = start('sfu/src/door/main.ts');
  const close = async () => {
    await endProcess(door);
    await endProcess(pump);
    rmSync(dataDir, { recursive: true, force: true });
  };
  const url = `http://${host ?? '127.0.0.1'}:${port}`;
  try {
    await untilReady(url);
  } catch (error) {
    await close();
    throw error;
  }
  return { url, dataDir, linkPath, workerPids: () => childrenOf(pump.pid ?? 0), close };
}
