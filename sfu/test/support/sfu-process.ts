import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { waitFor } from './wait-for.ts';

const SOURCES = join(import.meta.dirname, '..', '..', 'src');

/** The door or the pump as a process of its own, as in production. */
export interface SfuProcess {
  readonly pid: number;
  /** Settles with the exit code, or null after a signal. */
  readonly exited: Promise<number | null>;
  /** A field of the log line that says that it is ready. */
  readonly ready: Record<string, unknown>;
  /** The last lines of its log. */
  readonly lines: readonly string[];
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** No setting of whoever runs the tests: only where programs, and what Node has compiled, are found. */
const inherited = () =>
  Object.fromEntries(['PATH', 'HOME', 'NODE_COMPILE_CACHE'].map((name) => [name, process.env[name]]));

/** Starts `door` or `pump` and waits until its log says `door ready` or `pump ready`. */
export async function startSfuProcess(
  name: 'door' | 'pump',
  environment: Record<string, string | undefined>,
): Promise<SfuProcess> {
  const child: ChildProcess = spawn(process.execPath, [join(SOURCES, name, 'main.ts')], {
    env: { ...inherited(), ...environment, LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that Ctrl-C in a terminal does not reach it before the test is done with it.
    detached: true,
  });
  let ready: Record<string, unknown> | null = null;
  let over = false;
  const tail: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface(stream).on('line', (line) => {
      tail.push(line);
      if (tail.length > 30) tail.shift();
      if (process.env['TEST_LOG_LEVEL']) process.stderr.write(`${line}\n`);
      if (line.includes(`"${name} ready"`)) ready = JSON.parse(line) as Record<string, unknown>;
    });
  }
  const exited = once(child, 'exit').then(([code]) => {
    over = true;
    return code as number | null;
  });
  await waitFor(() => {
    if (over) throw new Error(`the ${name} ended:\n${tail.join('\n')}`);
    return ready ? '' : `the ${name}:\n${tail.join('\n')}`;
  }, 30_000);
  return {
    pid: child.pid ?? 0,
    exited,
    ready: ready ?? {},
    lines: tail,
    stop(signal = 'SIGTERM') {
      if (!over) child.kill(signal);
      return exited;
    },
  };
}
