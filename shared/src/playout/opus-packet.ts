import { SAMPLES_PER_MS } from './stamp-sample.ts';

/** Longest bus packet (PROTOCOL.md, "Bus packets"), in ms; what claims to be longer is malformed. */
export const MAX_PACKET_MS = 60;
/** Largest Opus payload accepted, in bytes: one packet of the largest frames fits. */
export const MAX_PAYLOAD_BYTES = 1_500;

const SILK_FRAME_SAMPLES = [480, 960, 1_920, 2_880] as const;
const HYBRID_FRAME_SAMPLES = [480, 960] as const;
const CELT_FRAME_SAMPLES = [120, 240, 480, 960] as const;

/** Samples at 48 kHz of one frame, from the configuration number in the first byte (RFC 6716, table 2). */
function frameSamples(config: number): number {
  if (config < 12) return SILK_FRAME_SAMPLES[config & 3] ?? 0;
  if (config < 16) return HYBRID_FRAME_SAMPLES[config & 1] ?? 0;
  return CELT_FRAME_SAMPLES[config & 3] ?? 0;
}

/** Frames in the packet, from its code (RFC 6716, section 3.2); 0 when the packet cannot be what it claims. */
function frameCount(payload: Uint8Array): number {
  const code = (payload[0] ?? 0) & 3;
  if (code === 0) return 1;
  if (code === 1) return payload.length % 2 === 1 ? 2 : 0;
  if (code === 2) return payload.length >= 2 ? 2 : 0;
  return (payload[1] ?? 0) & 0x3f;
}

/**
 * PO19: length in samples at 48 kHz of one Opus packet, read from its first two bytes; null for anything that a bus may not
 * carry. Decoders accept nonsense silently, so this is the check.
 */
export function opusPacketSamples(payload: Uint8Array): number | null {
  if (payload.length === 0 || payload.length > MAX_PAYLOAD_BYTES) return null;
  const samples = frameSamples((payload[0] ?? 0) >> 3) * frameCount(payload);
  return samples > 0 && samples <= MAX_PACKET_MS * SAMPLES_PER_MS ? samples : null;
}
