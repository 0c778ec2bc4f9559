import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const READY_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 40_000;

let dataDir: string;
let ports: readonly number[];
let running: Starter | undefined;

interface Starter {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

/** Free ports: TCP twice, and one that is free for TCP and so, in all likelihood, for UDP. */
const findFreePorts = async (count: number): Promise<number[]> => {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const found = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  for (const server of servers) server.close();
  return found;
};

const start = (environment: NodeJS.ProcessEnv = {}): Starter => {
  const [studio, door, media] = ports;
  const child = spawn(process.execPath, [join(ROOT, 'scripts', 'start', 'main.ts')], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      NODE_ENV: 'production',
      LOA_DATA_DIR: dataDir,
      STUDIO_PORT: String(studio),
      SFU_PORT: String(door),
      SFU_MEDIA_PORT: String(media),
      ...environment,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  return (running = { child, output: () => output, ended });
};

const waitFor = (check: () => void | Promise<void>, timeout: number) => vi.waitFor(check, { timeout, interval: 100 });

const waitUntilReady = ({ output }: Starter) =>
  waitFor(() => expect(output(), 'waiting until it says that it is ready').toContain('Loa is ready'), READY_TIMEOUT_MS);

/** Command lines of all processes that work in this test's data folder. */
const processesHere = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return environment.includes(dataDir) || command.includes(dataDir) ? [command] : [];
      } catch {
        return [];
      }
    });

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'loa-start-'));
  chmodSync(dataDir, 0o755);
  ports = await findFreePorts(3);
});
afterEach(async () => {
  if (running !== undefined && running.child.exitCode === null) {
    running.child.kill('SIGTERM');
    await running.ended;
  }
  running = undefined;
  rmSync(dataDir, { recursive: true, force: true });
});

describe('npm start', () => {
  it(
    'brings up everything, ends everything in good order, and finds its data again',
    { timeout: 240_000 },
    async () => {
      const first = start();
      await waitUntilReady(first);
      const [studio, door] = ports;
      expect((await fetch(`http://127.0.0.1:${String(door)}/readyz`)).status).toBe(200);
      expect((await fetch(`http://127.0.0.1:${String(studio)}/`)).status).toBeLessThan(400);
      await waitFor(() => {
        const folders = existsSync(join(dataDir, 'receivers')) ? readdirSync(join(dataDir, 'receivers')) : [];
        expect(folders.sort()).toEqual(['demo-phuong-1', 'demo-phuong-2', 'demo-thang-tam']);
      }, READY_TIMEOUT_MS);

      first.child.kill('SIGINT');
      expect(await first.ended, first.output()).toBe(0);
      expect(first.output()).toContain('stopped');
      expect(first.output()).not.toContain('killed');
      await waitFor(() => expect(processesHere()).toEqual([]), STOP_TIMEOUT_MS);

      const second = start();
      await waitUntilReady(second);
      expect(second.output()).not.toContain('migration');
      second.child.kill('SIGTERM');
      expect(await second.ended, second.output()).toBe(0);
    },
  );

  it('runs two nodes that know each other, and ends them in good order', { timeout: 240_000 }, async () => {
    // Below those that systems give out by themselves, and not where anything of ours stands by default.
    const base = 20_000 + 10 * Math.floor(Math.random() * 900);
    ports = [base, base + 100, base + 200];
    const cluster = start({ LOA_NODES: '2', LOA_REDIS_PORT: String(base + 50) });
    await waitUntilReady(cluster);
    const doorUrls = [100, 101].map((offset) => `http://127.0.0.1:${String(base + offset)}`);
    for (const [index, url] of doorUrls.entries())
      await waitFor(async () => {
        const node: unknown = await (await fetch(`${url}/api/v1/node`)).json();
        expect(node).toMatchObject({ doors: [doorUrls[1 - index]], connectedPeers: 1 });
        const { receivers } = (await (await fetch(`${url}/api/v1/receivers`)).json()) as {
          receivers: { receiverId: string; online: boolean }[];
        };
        const online = receivers.filter((receiver) => receiver.online).map(({ receiverId }) => receiverId);
        expect(online.sort()).toEqual(['demo-phuong-1', 'demo-phuong-2', 'demo-thang-tam']);
      }, READY_TIMEOUT_MS);
    expect((await fetch(`http://127.0.0.1:${String(base + 10)}/`)).status).toBeLessThan(400);
    cluster.child.kill('SIGTERM');
    expect(await cluster.ended, cluster.output()).toBe(0);
    expect(cluster.output()).not.toContain('killed');
    await waitFor(() => expect(processesHere()).toEqual([]), STOP_TIMEOUT_MS);
  });

  it('leaves nothing behind when it is told to stop before it is ready', { timeout: 240_000 }, async () => {
    const { child, ended, output } = start();
    await waitFor(() => expect(existsSync(join(dataDir, 'postgres.new'))).toBe(true), READY_TIMEOUT_MS);
    child.kill('SIGTERM');
    expect(await ended, output()).toBe(0);
    expect(output()).not.toContain('Loa is ready');
    await waitFor(() => expect(processesHere()).toEqual([]), STOP_TIMEOUT_MS);
  });

  it('ends everything at once at the second signal', { timeout: 240_000 }, async () => {
    const first = start();
    await waitUntilReady(first);
    first.child.kill('SIGINT');
    // Both signals of one Ctrl-C count as one; the second wish comes later.
    const again = setInterval(() => first.child.kill('SIGINT'), 200);
    await first.ended;
    clearInterval(again);
    await waitFor(() => expect(processesHere()).toEqual([]), STOP_TIMEOUT_MS);
  });

  it('says which setting moves a port that somebody else has', { timeout: READY_TIMEOUT_MS }, async () => {
    const squatter = createServer().listen(ports[1], '127.0.0.1');
    await once(squatter, 'listening');
    try {
      const { ended, output } = start();
      expect(await ended).toBe(1);
      expect(output()).toMatch(/port \d+ \(TCP\) on 127\.0\.0\.1 \(door\) is in use[\s\S]*SFU_PORT=\d+ npm start/);
    } finally {
      squatter.close();
    }
  });

  it('refuses a wrong setting before anything is started', { timeout: READY_TIMEOUT_MS }, async () => {
    const { ended, output } = start({ STUDIO_PORT: 'here' });
    expect(await ended).toBe(1);
    expect(output()).toContain('STUDIO_PORT');
    expect(readdirSync(dataDir)).toEqual([]);
  });
});
