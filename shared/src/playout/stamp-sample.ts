import { signedTicks, TICKS_PER_MS } from '../timing/rtp-timeline.ts';

/**
 * A position on the shared timeline (TL1): server time in ms times 48, unwrapped, as an integer number of samples. Safe
 * integers reach far beyond any date that matters.
 */
export type StampSample = number;

/** Samples per millisecond of the shared timeline. */
export const SAMPLES_PER_MS = TICKS_PER_MS;
const WRAP = 2 ** 32;

/** Server time in ms (fractions allowed) → nearest sample of the timeline. */
export function toStampSample(serverTimeMs: number): StampSample {
  return Math.round(serverTimeMs * SAMPLES_PER_MS);
}

/** Number of samples → milliseconds; of a stamp, the server time with fractions. */
export function toMs(samples: number): number {
  return samples / SAMPLES_PER_MS;
}

/** PO2: the sample with this 32-bit RTP timestamp that lies nearest to `near` (within 12.4 hours either way). */
export function unwrapTimestamp(timestamp: number, near: StampSample): StampSample {
  return near + signedTicks(timestamp - (near % WRAP));
}
