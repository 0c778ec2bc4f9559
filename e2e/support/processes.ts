import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const DOOR = 'sfu/src/door/main.ts';
const PUMP = 'sfu/src/pump/main.ts';

/** A door that stands still: it answers nobody, and what is sent to it waits in its sockets. */
export interface FrozenDoor {
  thaw(): void;
}

/** Stops the door of the running system as a machine without memory or a debugger would; sound goes on. */
export function freezeDoor(dataDir: string): FrozenDoor {
  const pid = childOf(starterOf(dataDir), DOOR);
  process.kill(pid, 'SIGSTOP');
  return { thaw: () => process.kill(pid, 'SIGCONT') };
}

/** Kills the door and the pump of a node, as a power cut would; whoever runs them starts them again. */
export function killNode(dataDir: string, node: string): void {
  for (const program of [DOOR, PUMP])
    process.kill(childOf(starterOf(dataDir), program, `SFU_NODE_ID=${node}\0`), 'SIGKILL');
}

const starterOf = (dataDir: string): number => Number(readFileSync(join(dataDir, 'run', 'start.pid'), 'utf8'));

/** The process that `parent` started with `program` in its command line and `setting` in its environment. */
function childOf(parent: number, program: string, setting = ''): number {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  const found = pids.find(
    (pid) =>
      parentOf(pid) === parent && factOf(pid, 'cmdline').includes(program) && factOf(pid, 'environ').includes(setting),
  );
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
