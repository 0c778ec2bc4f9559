import { availableParallelism } from 'node:os';

/** Media workers where nothing else is set. One core is left to pump and door. */
export function workersHere(): number {
  return Math.max(1, availableParallelism() - 1);
}
