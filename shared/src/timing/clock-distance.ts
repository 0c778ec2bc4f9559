import type { Millis } from '../time.ts';

/** ND40: from here on an echo is heard where loudspeakers of two nodes stand within earshot of each other. */
export const MAX_CLOCK_DISTANCE_MS: Millis = 20;

/** How far the clock that another node stamps with is from that of this node. */
export interface ClockDistance {
  /** The other clock minus this one, ms. */
  readonly offsetMs: number;
  /** How far `offsetMs` may be wrong, ms. */
  readonly errorMs: number;
}

/** ND40: whether the clocks are certainly too far apart; what may be an error of the measurement is no alarm. */
export function isOutOfStep({ offsetMs, errorMs }: ClockDistance): boolean {
  return Math.abs(offsetMs) - errorMs > MAX_CLOCK_DISTANCE_MS;
}
