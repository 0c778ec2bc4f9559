/** Figures of the incoming streams, summed over all buses, since the page began to receive. */
export interface PathStats {
  readonly packets: number;
  readonly lostPackets: number;
  readonly concealedMs: number;
  readonly jitterMs: number;
  /** Time that all samples that came out of the jitter buffer have waited in it, in s, and how many they are. */
  readonly waitedS: number;
  readonly emitted: number;
}

const SAMPLES_PER_MS = 48;

/** What W3C webrtc-stats says of a stream that comes in. */
export interface InboundStream {
  readonly type: string;
  readonly packetsReceived?: number;
  readonly packetsLost?: number;
  readonly concealedSamples?: number;
  readonly silentConcealedSamples?: number;
  readonly jitter?: number;
  readonly jitterBufferDelay?: number;
  readonly jitterBufferEmittedCount?: number;
}

export function sumStats(streams: Iterable<InboundStream>): PathStats {
  let packets = 0;
  let lostPackets = 0;
  let concealedMs = 0;
  let jitterMs = 0;
  let waited = 0;
  let emitted = 0;
  for (const stream of streams) {
    if (stream.type !== 'inbound-rtp') continue;
    packets += stream.packetsReceived ?? 0;
    lostPackets += Math.max(0, stream.packetsLost ?? 0);
    // Silence that is made up while a bus is idle is no loss.
    concealedMs += Math.max(0, (stream.concealedSamples ?? 0) - (stream.silentConcealedSamples ?? 0)) / SAMPLES_PER_MS;
    jitterMs = Math.max(jitterMs, (stream.jitter ?? 0) * 1_000);
    waited += stream.jitterBufferDelay ?? 0;
    emitted += stream.jitterBufferEmittedCount ?? 0;
  }
  return { packets, lostPackets, concealedMs, jitterMs, waitedS: waited, emitted };
}

type Waited = Pick<PathStats, 'waitedS' | 'emitted'>;
export const NOTHING_WAITED: Waited = { waitedS: 0, emitted: 0 };

/**
 * PO74: mean time in ms that the sound between two looks has waited in the jitter buffer; null when none came. Of all sound since the
 * beginning it would say for hours what a delay was before it was moved.
 */
export function bufferMsBetween(before: Waited, after: Waited): number | null {
  const emitted = after.emitted - before.emitted;
  return emitted > 0 ? Math.max(0, ((after.waitedS - before.waitedS) / emitted) * 1_000) : null;
}
