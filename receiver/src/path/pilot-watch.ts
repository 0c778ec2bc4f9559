import { PILOT_INTERVAL_MS, PILOTS_MISSED_FOR_PATH_LOST } from '@loa/shared/protocol/limits';

/** A pilot may be this late and does not yet count as missed, in ms. */
export const PILOT_GRACE_MS = 250;

/** PO22: whether the path is lost, from the arrival of the last pilot (or of the answer to the join); own time in ms. */
export function isPathLost(lastPilotAtMs: number, nowMs: number): boolean {
  return nowMs - lastPilotAtMs > PILOT_INTERVAL_MS * PILOTS_MISSED_FOR_PATH_LOST + PILOT_GRACE_MS;
}

/** The server sends something every 60 ms at least while a broadcast is on air; a machine that stands still for a moment is no loss. */
export const QUIET_MS = 1_000;

/**
 * PO25: whether sound has broken off on the way: it was coming (the last packet was not marked as the last), and then nothing came,
 * neither sound nor pilot. Times of arrival, own time in ms; `lastSoundAtMs` null: nothing is expected.
 */
export function isCutOff(lastSoundAtMs: number | null, lastPilotAtMs: number, nowMs: number): boolean {
  return lastSoundAtMs !== null && nowMs - Math.max(lastSoundAtMs, lastPilotAtMs) > QUIET_MS;
}
