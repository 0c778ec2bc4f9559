import type { BufferedPacket } from './jitter-buffer.ts';
import { SAMPLES_PER_MS, type StampSample } from './stamp-sample.ts';

/** Lost sound is invented for at most this long, then there is silence, in ms. */
export const MAX_CONCEALED_MS = 60;
/** A packet that starts within this many ms of where the last one ended continues it; its length is stretched to fit. */
export const STRETCH_TOLERANCE_MS = 2.5;
/** Granularity of concealment, in samples: what Opus can conceal is a multiple of 2.5 ms. */
export const CONCEAL_STEP_SAMPLES = 120;

/** Where the voice of one broadcast stands when the next piece of sound is needed. */
export interface VoicePosition {
  /** First sample that is still to be made. */
  readonly next: StampSample;
  /** Length of the last packet in samples; null before the first one. */
  readonly lastPacketSamples: number | null;
  /** Samples concealed since the last packet. */
  readonly concealed: number;
}

/**
 * The next piece of sound of one voice:
 * - `packet`: decode it, leave out its first `skip` samples, make the rest `length` samples long;
 * - `drop`: the packet is over, throw it away and ask again;
 * - `recover`: make `length` samples before `packet` from the redundancy in it, keeping it for next time;
 * - `conceal`: let the decoder invent `length` samples, faded out if they are the last ones;
 * - `silence`: `length` samples of nothing.
 */
export type PlayoutStep =
  | { readonly kind: 'packet'; readonly skip: number; readonly length: number }
  | { readonly kind: 'drop' }
  | { readonly kind: 'recover'; readonly length: number }
  | { readonly kind: 'conceal'; readonly length: number; readonly last: boolean }
  | { readonly kind: 'silence'; readonly length: number };

/**
 * PO5, PO15: what to do at `voice.next`, given the earliest buffered packet and the sample up to which sound is needed now.
 * A gap is judged by stamps. The end of a gap is recovered from the packet after it; what is before that is concealed.
 */
export function planStep(voice: VoicePosition, packet: BufferedPacket | undefined, until: StampSample): PlayoutStep {
  if (voice.lastPacketSamples === null) return firstStep(voice.next, packet, until);
  if (packet === undefined) return bridgeStep(voice, Number.POSITIVE_INFINITY, until);
  const gap = packet.start - voice.next;
  if (Math.abs(gap) <= STRETCH_TOLERANCE_MS * SAMPLES_PER_MS) {
    return { kind: 'packet', skip: 0, length: packet.samples + gap };
  }
  if (gap < 0) return overlapStep(voice.next, packet);
  // What stands in for a source knows nothing of the sound before it.
  if (packet.standIn) return bridgeStep(voice, gap, until);
  const recoverable = Math.round(gap / CONCEAL_STEP_SAMPLES) * CONCEAL_STEP_SAMPLES;
  if (recoverable <= packet.samples) return { kind: 'recover', length: recoverable };
  return bridgeStep(voice, gap - packet.samples, until);
}

function firstStep(next: StampSample, packet: BufferedPacket | undefined, until: StampSample): PlayoutStep {
  if (packet === undefined || packet.start >= until) return { kind: 'silence', length: until - next };
  if (packet.start > next) return { kind: 'silence', length: packet.start - next };
  return packet.start === next ? { kind: 'packet', skip: 0, length: packet.samples } : overlapStep(next, packet);
}

/** A packet that began before the position still serves if something of it is left. */
function overlapStep(next: StampSample, packet: BufferedPacket): PlayoutStep {
  const left = packet.start + packet.samples - next;
  return left > 0 ? { kind: 'packet', skip: packet.samples - left, length: left } : { kind: 'drop' };
}

/** PO5: the part of a gap that no packet can recover: invented for a while, then silent. */
function bridgeStep(voice: VoicePosition, gap: number, until: StampSample): PlayoutStep {
  const left = MAX_CONCEALED_MS * SAMPLES_PER_MS - voice.concealed;
  if (left < CONCEAL_STEP_SAMPLES) return { kind: 'silence', length: Math.max(1, Math.min(gap, until - voice.next)) };
  const wanted = Math.min(voice.lastPacketSamples ?? 0, left, gap);
  const length = Math.max(CONCEAL_STEP_SAMPLES, Math.floor(wanted / CONCEAL_STEP_SAMPLES) * CONCEAL_STEP_SAMPLES);
  return { kind: 'conceal', length, last: length + CONCEAL_STEP_SAMPLES > left };
}
