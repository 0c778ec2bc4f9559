import { readFileSync } from 'node:fs';

/** Processes that a process has started and that still run; a pump's are its media workers, in the order of their start. */
export function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/).filter(Boolean);
  return children.map(Number).sort((one, other) => one - other);
}
