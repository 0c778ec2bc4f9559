import type { ChildProcess } from 'node:child_process';

/** Sends a signal to the whole process group that this child leads: also to what it has started and left behind. */
export function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    // The minus sign means the group.
    process.kill(-pid, signal);
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && error.code === 'ESRCH';
    if (!isGone) throw error;
  }
}
