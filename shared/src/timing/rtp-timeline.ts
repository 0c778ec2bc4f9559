import { RTP_RATE_HZ } from '../protocol/limits.ts';

/** RTP ticks per ms. */
export const TICKS_PER_MS = RTP_RATE_HZ / 1_000;
const WRAP = 2 ** 32;

/** TL1: the RTP timestamp (unsigned 32 bit, 48 kHz) of a server time in ms. One constant mapping for every bus and node. */
export function toTimestamp(serverTimeMs: number): number {
  const ticks = Math.round(serverTimeMs * TICKS_PER_MS) % WRAP;
  return ticks < 0 ? ticks + WRAP : ticks;
}

/** TL1: the server time in ms of a timestamp, the one nearest to `aroundMs` (they repeat every 24.9 hours). */
export function toServerTime(timestamp: number, aroundMs: number): number {
  // In whole ticks, so that `toTimestamp` gives exactly this timestamp back.
  const around = Math.round(aroundMs * TICKS_PER_MS);
  return (around + signedTicks(timestamp - (around % WRAP))) / TICKS_PER_MS;
}

/** A difference of two 32-bit timestamps as a signed number of ticks, -2³¹ to 2³¹ - 1. */
export function signedTicks(difference: number): number {
  return difference | 0;
}
