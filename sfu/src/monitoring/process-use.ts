import { readFileSync } from 'node:fs';

/** State of the main thread and the processor time that the process has used, in ticks; null where that cannot be read. */
export interface ProcessUse {
  readonly state: string;
  readonly ticks: number;
}

export function readProcessUse(pid: number): ProcessUse | null {
  try {
    // The name before it may contain anything, also brackets.
    const [state = '', ...fields] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return { state, ticks: Number(fields[10]) + Number(fields[11]) };
  } catch {
    return null;
  }
}

/** LV2: runnable but not running since the look before, or in uninterruptible sleep. One that is stopped, or busy with itself, is not waiting. */
export function isWaiting(before: ProcessUse | null, now: ProcessUse | null): boolean {
  if (now === null) return false;
  return now.state === 'D' || (now.state === 'R' && (before === null || before.ticks === now.ticks));
}

/** Processor time of this thread, user and system, ms. What other threads and processes do does not count. */
export function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
