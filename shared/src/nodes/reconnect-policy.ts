/** Waiting time before the first further attempt, at most, in ms. */
export const FIRST_RETRY_MS = 500;
/** Waiting times grow by this factor per failed attempt. */
export const RETRY_FACTOR = 1.7;
/** Longest waiting time, in ms: a site is back within this time after the server is. */
export const MAX_RETRY_MS = 10_000;

/**
 * PO22: how long to wait before the next attempt, in ms. `failures` is how many attempts failed in a row (1 after the first),
 * `chance` a random number from 0 to 1: half of the time is spread by it, so that a city of receivers does not come at once.
 */
export function reconnectDelayMs(failures: number, chance: number, maxMs = MAX_RETRY_MS): number {
  const longest = Math.min(maxMs, FIRST_RETRY_MS * RETRY_FACTOR ** Math.max(0, failures - 1));
  return longest * (0.5 + chance / 2);
}
