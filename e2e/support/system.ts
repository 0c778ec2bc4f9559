import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from './free-port.ts';

/** What the tests need to know of the running system; handed on in the environment. */
export interface SystemFacts {
  readonly studioUrl: string;
  readonly doorUrl: string;
  readonly dataDir: string;
  readonly token: string;
}

const ROOT = resolve(import.meta.dirname, '..', '..');
const READY_TIMEOUT_MS = 120_000;
const TOKEN = 'token-of-the-whole-system-test-0123456789';

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

/** Starts what `npm start` starts, on free ports and an own data folder. */
export async function startSystem(): Promise<{ facts: SystemFacts; stop(): Promise<void> }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'loa-e2e-'));
  // Under root the embedded database runs as another user, who must get in.
  chmodSync(dataDir, 0o755);
  const [studioPort, doorPort, mediaPort] = [await freePort(), await freePort(), await freePort()];
  const facts: SystemFacts = {
    studioUrl: `http://localhost:${studioPort}`,
    doorUrl: `http://127.0.0.1:${doorPort}`,
    dataDir,
    token: TOKEN,
  };
  const child = spawn(process.execPath, [join(ROOT, 'scripts/start/main.ts')], {
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
    },
    // Over the channel the system hears of our end, whatever kind of end that is, and ends as well.
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: true,
  });
  await untilAnswers(`${facts.doorUrl}/readyz`, child);
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
