/** Frame length in tenths of a ms by the five configuration bits of the first octet (RFC 6716, table 2). */
function frameTenths(config: number): number {
  if (config < 12) return [100, 200, 400, 600][config & 3] ?? 0;
  if (config < 16) return (config & 1) === 0 ? 100 : 200;
  return [25, 50, 100, 200][config & 3] ?? 0;
}

/** The largest Opus packet that a bus carries, in bytes: 60 ms at 128 kbit/s with room; longer ones are not speech. */
export const MAX_OPUS_BYTES = 1_275;
const MAX_PACKET_TENTHS = 1_200;

/**
 * Length of an Opus packet in ms, or null when it cannot be one: the framing rules R1 to R7 of RFC 6716, section 3.4,
 * as far as they can be checked without decoding.
 */
export function opusDurationMs(packet: Uint8Array): number | null {
  const first = packet[0];
  if (first === undefined || packet.length > MAX_OPUS_BYTES) return null;
  const tenths = frameTenths(first >> 3);
  const code = first & 3;
  if (code === 0) return tenths / 10;
  if (code === 1) return packet.length % 2 === 1 ? (2 * tenths) / 10 : null;
  if (code === 2) {
    const size = packet[1];
    if (size === undefined) return null;
    const long = size >= 252;
    const length = long ? size + 4 * (packet[2] ?? 0) : size;
    return length + (long ? 3 : 2) <= packet.length ? (2 * tenths) / 10 : null;
  }
  const count = (packet[1] ?? 0) & 0x3f;
  if (packet.length < 2 || count === 0 || count * tenths > MAX_PACKET_TENTHS) return null;
  return (count * tenths) / 10;
}

/** 20 ms of digital silence, as libopus itself writes it (CELT, fullband, mono). */
export const SILENT_FRAME = Buffer.from([0xf8, 0xff, 0xfe]);
