import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';

const CLOCK_TICKS_PER_S = 100;

/** Asks a process of ours to end, and waits until it has. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  await gone;
}

/** Memory of a process, in MB of 1,000,000 bytes. */
export interface Memory {
  /** What of it is in the machine's memory. */
  readonly rssMb: number;
  /** The part of that which belongs to it alone; the rest is programs and libraries, which processes share. */
  readonly ownMb: number;
}

/** Reads what `/proc/PID/status` says, in which a kB has 1,024 bytes. */
export function parseMemory(status: string): Memory {
  const of = (name: string): number =>
    (Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1_024) / 1e6;
  return { rssMb: of('VmRSS'), ownMb: of('RssAnon') };
}

export const memoryOf = (pid: number): Memory => parseMemory(readFileSync(`/proc/${pid}/status`, 'utf8'));

/** Processor time of processes so far, ms (user and system), summed. */
export function cpuMsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return sum + ((Number(fields[11]) + Number(fields[12])) * 1_000) / CLOCK_TICKS_PER_S;
  }, 0);
}
