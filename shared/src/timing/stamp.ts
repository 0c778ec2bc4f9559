import type { Instant, Millis } from '../time.ts';
import { signedTicks, TICKS_PER_MS } from './rtp-timeline.ts';

/*
 * The stamp puts a source on the server's timeline (TL2 to TL7). Its offset (server time minus media time) is the smallest that
 * was seen in a sliding window, the usual minimum filter for one-way delay (as in NTP's clock filter, RFC 5905 section 10):
 * the fastest packet had the least queueing. A clock that drifts moves that minimum; the stamp follows it slowly.
 */

/** TL3: the timestamps of running speech are never slewed faster, in parts per million. */
export const MAX_SLEW_PPM = 500;
/** TL2: length of one of the two windows of the minimum filter. */
export const WINDOW_MS: Millis = 5_000;
/** TL4: after a silence this long a source that comes back off its place is put anew on the timeline: nobody hears the jump. */
export const REANCHOR_GAP_MS: Millis = 400;
/** TL2: a packet this far behind, or more, is an old one that was sent again, up to `OLD_LIMIT_MS`, … */
const OLD_AFTER_MS: Millis = 1_000;
const OLD_LIMIT_MS: Millis = 5_000;
/** … as long as packets in their place came within this time: a source that began anew sends no more of those. */
const OLD_PATIENCE_MS: Millis = 200;
/** TL5: until a source has run this long its offset jumps to every earlier packet. */
export const ACQUIRE_MS: Millis = 500;
/** TL6: packets that stay this late for `LATE_FOR_MS` are lost to listeners anyway: one jump puts them right. */
export const LATE_LIMIT_MS: Millis = 40;
export const LATE_FOR_MS: Millis = 1_000;
/** TL7: no packet is put further into the future than this, however fast its source sends. */
export const EARLY_LIMIT_MS: Millis = 200;

export interface StampState {
  /** Last timestamp of the source, and the media time in ticks counted without wrapping. */
  readonly lastTimestamp: number;
  readonly mediaTicks: number;
  readonly offsetMs: number;
  readonly anchoredAt: Instant;
  readonly lastArrival: Instant;
  /** Minimum filter: smallest offset of the window that is filling and of the one before. */
  readonly windowStart: Instant;
  readonly windowMin: number;
  readonly previousMin: number;
  /** Since when every packet was later than `LATE_LIMIT_MS`. */
  readonly lateSince: Instant | null;
}

export interface Stamped {
  readonly state: StampState;
  /** Server time of the packet's first sample, ms with fractions. */
  readonly stampMs: number;
  /** The timeline jumped before this packet (first packet, gap, hopelessly late, much too early). */
  readonly jumped: boolean;
}

function anchor(timestamp: number, arrival: Instant): StampState {
  return {
    lastTimestamp: timestamp,
    mediaTicks: 0,
    offsetMs: arrival,
    anchoredAt: arrival,
    lastArrival: arrival,
    windowStart: arrival,
    windowMin: arrival,
    previousMin: arrival,
    lateSince: null,
  };
}

function slewTowards(current: number, target: number, elapsedMs: Millis): number {
  const limit = (Math.max(0, elapsedMs) * MAX_SLEW_PPM) / 1e6;
  return current + Math.min(limit, Math.max(-limit, target - current));
}

/**
 * Stamps one packet that arrived at `arrival` (server time, ms) with the source's RTP `timestamp` (48 kHz, 32 bit).
 * Packets may come in any order; `state` is null for the first.
 */
export function stampPacket(state: StampState | null, timestamp: number, arrival: Instant): Stamped {
  const step = state === null ? 0 : signedTicks(timestamp - state.lastTimestamp);
  const gap = state === null ? Infinity : arrival - state.lastArrival;
  // A source may restart its clock anywhere; a media step that the wall clock did not make is such a restart.
  const restarted = state !== null && Math.abs(step / TICKS_PER_MS - gap) > 1_000;
  const mediaTicks = (state?.mediaTicks ?? 0) + step;
  const mediaMs = mediaTicks / TICKS_PER_MS;
  const behindMs = gap - step / TICKS_PER_MS;
  if (state !== null && behindMs > OLD_AFTER_MS && behindMs <= OLD_LIMIT_MS && gap < OLD_PATIENCE_MS)
    return { state, stampMs: mediaMs + state.offsetMs, jumped: false };
  const seen = arrival - mediaMs;
  const strayed = state !== null && gap > REANCHOR_GAP_MS && Math.abs(seen - state.offsetMs) > LATE_LIMIT_MS;
  if (state === null || strayed || restarted) {
    return { state: anchor(timestamp, arrival), stampMs: arrival, jumped: true };
  }
  const turn = arrival - state.windowStart > WINDOW_MS;
  const windowMin = turn ? seen : Math.min(state.windowMin, seen);
  const previousMin = turn ? state.windowMin : state.previousMin;
  const target = Math.min(windowMin, previousMin);

  const acquiring = arrival - state.anchoredAt < ACQUIRE_MS;
  const late = seen - state.offsetMs > LATE_LIMIT_MS;
  const lateSince = late ? (state.lateSince ?? arrival) : null;
  const base = { lastTimestamp: timestamp, mediaTicks, lastArrival: arrival };

  if (lateSince !== null && arrival - lateSince >= LATE_FOR_MS) {
    const fresh = { offsetMs: seen, anchoredAt: arrival, windowStart: arrival, windowMin: seen, previousMin: seen };
    return { state: { ...base, ...fresh, lateSince: null }, stampMs: arrival, jumped: true };
  }

  const offsetMs = acquiring
    ? Math.min(state.offsetMs, seen)
    : slewTowards(state.offsetMs, target, arrival - state.lastArrival);
  if (mediaMs + offsetMs - arrival > EARLY_LIMIT_MS) {
    return { state: anchor(timestamp, arrival), stampMs: arrival, jumped: true };
  }
  return {
    state: {
      ...base,
      offsetMs,
      anchoredAt: state.anchoredAt,
      windowStart: turn ? arrival : state.windowStart,
      windowMin,
      previousMin,
      lateSince,
    },
    stampMs: mediaMs + offsetMs,
    jumped: false,
  };
}
