import { EMERGENCY_RANK } from '../broadcasts/rank.ts';
import { fromCsrc } from './csrc.ts';
import { isEnd, isStandIn } from './stand-in.ts';

/** What one receiver's media path carries: everything that is on air in its zones, or what ND20 says of a second path. */
export const PATH_PARTS = ['everything', 'emergencies'] as const;
export type PathPart = (typeof PATH_PARTS)[number];

/** A node that cannot reach the log for so long may not know that an emergency has ended, in ms. */
export const SECOND_PATH_PATIENCE_MS = 10_000;

/**
 * ND20: whether a packet of a bus goes over second paths: the sound of an emergency and its end. Silence that stands in for a source
 * does not: it keeps a broadcast present, and whether that is so is for the first path to say.
 */
export function goesOverSecondPaths({ csrc, payload }: { csrc: number; payload: Uint8Array }): boolean {
  return fromCsrc(csrc).rank >= EMERGENCY_RANK && (!isStandIn(payload) || isEnd(payload));
}

/**
 * ND22: whether a node may send over second paths now.
 * @param logAwaySinceMs since when it has not reached the log; null while it does. Same clock as `nowMs`.
 */
export function maySendOverSecondPaths(logAwaySinceMs: number | null, nowMs: number): boolean {
  return logAwaySinceMs === null || nowMs - logAwaySinceMs < SECOND_PATH_PATIENCE_MS;
}
