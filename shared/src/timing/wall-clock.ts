import type { Millis } from '../time.ts';
import { MAX_SLEW_PPM } from './stamp.ts';

/** TL8: an error up to this is left alone: the wall clock is read in whole milliseconds, and reading takes time. */
export const WALL_CLOCK_TOLERANCE_MS: Millis = 5;

/**
 * TL8: how much to add to the server's time, in ms with fractions, so that it follows the wall clock.
 * @param errorMs wall clock minus server's time
 * @param elapsedMs since the last look
 * @param idle nothing is on air: nobody can hear a jump
 */
export function wallClockCorrection(errorMs: number, elapsedMs: Millis, idle: boolean): number {
  if (Math.abs(errorMs) <= WALL_CLOCK_TOLERANCE_MS) return 0;
  if (idle) return errorMs;
  const limit = (Math.max(0, elapsedMs) * MAX_SLEW_PPM) / 1e6;
  return Math.min(limit, Math.max(-limit, errorMs));
}
