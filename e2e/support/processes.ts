import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const DOOR = 'sfu/src/door/main.ts';

/** A door that stands still: it answers nobody, and what is sent to it waits in its sockets. */
export interface FrozenDoor {
  thaw(): void;
}

/** Stops the door of the running system as a machine without memory or a debugger would; sound goes on. */
export function freezeDoor(dataDir: string): FrozenDoor {
  const pid = childOf(Number(readFileSync(join(dataDir, 'run', 'start.pid'), 'utf8')), DOOR);
  process.kill(pid, 'SIGSTOP');
  return { thaw: () => process.kill(pid, 'SIGCONT') };
}

/** The process that `parent` started with `program` in its command line. */
function childOf(parent: number, program: string): number {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  const found = pids.find((pid) => parentOf(pid) === parent && factOf(pid, 'cmdline').includes(program));
  if (found === undefined) throw new Error(`process ${parent} has no child that runs ${program}`);
  return found;
}

function parentOf(pid: number): number {
  const [, parent] = /\nPPid:\t(\d+)/.exec(factOf(pid, 'status')) ?? [];
  return Number(parent);
}

/** Processes come and go while they are looked at. */
function factOf(pid: number, name: string): string {
  try {
    return readFileSync(join('/proc', String(pid), name), 'utf8');
  } catch {
    return '';
  }
}
