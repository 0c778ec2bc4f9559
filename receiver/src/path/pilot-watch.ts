import { PILOT_INTERVAL_MS, PILOTS_MISSED_FOR_PATH_LOST } from '@loa/shared/protocol/limits';

/** A pilot may be this late and does not yet count as missed, in ms. */
export const PILOT_GRACE_MS = 250;

/** PO22: whether the path is lost, from the arrival of the last pilot (or of the answer to the join); own time in ms. */
export function isPathLost(lastPilotAtMs: number, nowMs: number): boolean {
  return nowMs - lastPilotAtMs > PILOT_INTERVAL_MS * PILOTS_MISSED_FOR_PATH_LOST + PILOT_GRACE_MS;
}
