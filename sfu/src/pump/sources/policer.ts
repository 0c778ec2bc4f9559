/** Bounds on what one source may send: an encoder at 320 kbit/s, whatever it was asked for, and far below what hurts. RTP headers count. */
export const MAX_PACKETS_PER_S = 120;
export const MAX_BYTES_PER_S = 64_000;
/** A second's worth may come at once, after a hiccup of the link. */
const BURST_S = 0.5;

/** A token bucket for packets and bytes. */
export interface Policer {
  /** Whether a packet of `bytes` may pass at `nowMs`. */
  admit(bytes: number, nowMs: number): boolean;
}

export function createPolicer(nowMs: number): Policer {
  let packets = MAX_PACKETS_PER_S * BURST_S;
  let bytesLeft = MAX_BYTES_PER_S * BURST_S;
  let last = nowMs;
  return {
    admit(bytes, now) {
      const elapsedS = Math.max(0, now - last) / 1_000;
      last = now;
      packets = Math.min(MAX_PACKETS_PER_S * BURST_S, packets + elapsedS * MAX_PACKETS_PER_S);
      bytesLeft = Math.min(MAX_BYTES_PER_S * BURST_S, bytesLeft + elapsedS * MAX_BYTES_PER_S);
      if (packets < 1 || bytesLeft < bytes) return false;
      packets -= 1;
      bytesLeft -= bytes;
      return true;
    },
  };
}
