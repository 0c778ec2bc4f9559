import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'redis';
import { freePort } from '../../../e2e/support/free-port.ts';
import { within } from '../../src/pump/log/within.ts';
import { waitFor } from './wait-for.ts';

/** A real `redis-server` of its own, with its data in a folder of its own. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  readonly pid: number;
  /** A command of the test itself, over a connection of its own that no network carries. */
  send(...command: string[]): Promise<unknown>;
  /** As with a full disk: it is read, and refuses whatever would have to be written. Only when started with `PROTECTED_CONFIGS`. */
  refuseWrites(): Promise<void>;
  takeWrites(): Promise<void>;
  pause(): void;
  resume(): void;
  /** SIGKILL; what it had written to its append-only file stays. */
  kill(): Promise<void>;
  /** What it would find if it began again now; a folder for `start`. */
  copyData(): string;
  /** Begins again on the same port, with its own data or with a copy. */
  start(copy?: string): Promise<void>;
  /** Whatever was done to it: it runs again. */
  revive(): Promise<void>;
  close(): Promise<void>;
}

/** Options of a server that `refuseWrites` can be asked of. */
export const PROTECTED_CONFIGS = ['--enable-protected-configs', 'yes'];

/** A whole log is a large answer on a busy machine. */
const SEND_DEADLINE_MS = 10_000;
const APPEND_ONLY_FOLDER = 'appendonlydir';

/** A host of its own, with a port that is free there. */
export interface ServerPlace {
  readonly address: string;
  readonly port: number;
  /** What to put before a command that is to run there. */
  readonly commandThere: readonly string[];
}

export interface ServerOptions {
  /** Appended to its command line. */
  readonly options?: readonly string[];
  /** It watches others; a file of its own, which it also writes. */
  readonly sentinel?: string;
  /** Without it a free port of this machine, for this machine only. */
  readonly at?: ServerPlace;
}

const hereAt = async (): Promise<ServerPlace> => ({ address: '127.0.0.1', port: await freePort(), commandThere: [] });
const socketIn = (dir: string) => join(dir, 'socket');

function parametersOf({ address, port }: ServerPlace, dir: string, { options = [], sentinel }: ServerOptions) {
  const kind = sentinel === undefined ? [] : [sentinel, '--sentinel'];
  // Without protection, because in a network of its own the others have other addresses.
  const where = ['--bind', address, '--port', String(port), '--protected-mode', 'no', '--unixsocket', socketIn(dir)];
  const kept = ['--save', '', '--appendonly', 'yes', '--repl-diskless-sync-delay', '0'];
  return [...kind, ...where, '--dir', dir, ...(sentinel === undefined ? kept : []), ...options];
}

async function run(place: ServerPlace, dir: string, options: ServerOptions): Promise<ChildProcess> {
  const [program = '', ...rest] = [...place.commandThere, 'redis-server', ...parametersOf(place, dir, options)];
  const child = spawn(program, rest, {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const output: string[] = [];
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`redis-server ended with ${String(code)}:\n${output.join('')}`)));
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output.push(text);
      if (output.join('').match(/Ready to accept connections|Sentinel ID is/)) resolve();
    });
  });
  child.removeAllListeners('exit');
  return child;
}

/** Starts a server on a free port; `options` are appended to its command line. */
export function startRedisServer(...options: string[]): Promise<RedisServer> {
  return startServer({ options });
}

export async function startServer(options: ServerOptions): Promise<RedisServer> {
  const dir = mkdtempSync(join(tmpdir(), 'loa-redis-'));
  let copies = 0;
  let place = options.at ?? (await hereAt());
  let child: ChildProcess;
  try {
    child = await run(place, dir, options);
  } catch (error) {
    if (options.at) throw error;
    // Somebody else took the port in between.
    place = await hereAt();
    child = await run(place, dir, options);
  }
  const url = `redis://${place.address}:${place.port}`;
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  const end = async () => {
    if (isOver()) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };

  const send = async (...command: string[]): Promise<unknown> => {
    const client = createClient({ RESP: 2, socket: { path: socketIn(dir), reconnectStrategy: false } });
    client.on('error', () => undefined);
    const answer = client.connect().then(() => client.sendCommand(command));
    try {
      return await within(answer, SEND_DEADLINE_MS);
    } finally {
      if (client.isOpen) client.destroy();
    }
  };

  return {
    port: place.port,
    url,
    send,
    async refuseWrites() {
      // A real failure to write its file, in a folder that is gone: from then on it answers with MISCONF.
      const gone = mkdtempSync(join(dir, 'gone-'));
      await send('CONFIG', 'SET', 'dir', gone);
      rmSync(gone, { recursive: true });
      await send('CONFIG', 'SET', 'save', '3600 1000000');
      await send('BGSAVE');
      await waitFor(async () =>
        String(await send('INFO', 'persistence')).includes('bgsave_status:err') ? '' : 'a failed save',
      );
    },
    async takeWrites() {
      await send('CONFIG', 'SET', 'save', '');
      await send('CONFIG', 'SET', 'dir', dir);
    },
    get pid() {
      return child.pid ?? 0;
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    kill: end,
    copyData() {
      const copy = join(dir, `copy-${(copies += 1)}`);
      cpSync(join(dir, APPEND_ONLY_FOLDER), copy, { recursive: true });
      return copy;
    },
    async start(copy) {
      if (copy !== undefined) {
        rmSync(join(dir, APPEND_ONLY_FOLDER), { recursive: true, force: true });
        cpSync(copy, join(dir, APPEND_ONLY_FOLDER), { recursive: true });
      }
      child = await run(place, dir, options);
    },
    async revive() {
      if (isOver()) child = await run(place, dir, options);
      else child.kill('SIGCONT');
    },
    async close() {
      await end();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
