/** Frame length in tenths of a ms by the five configuration bits of the first octet (RFC 6716, table 2). */
function frameTenths(config: number): number {
  if (config < 12) return [100, 200, 400, 600][config & 3] ?? 0;
  if (config < 16) return (config & 1) === 0 ? 100 : 200;
  return [25, 50, 100, 200][config & 3] ?? 0;
}

/** The largest Opus packet that a bus carries, in bytes: 60 ms at 128 kbit/s with room; longer ones are not speech. */
export const MAX_OPUS_BYTES = 1_275;
const MAX_PACKET_TENTHS = 1_200;
/** What a bus carries (PROTOCOL.md, "Bus packets"): shorter packets are too many, longer ones too coarse for a switch. */
const MIN_BUS_PACKET_MS = 10;
const MAX_BUS_PACKET_MS = 60;

/** A frame length of one or two octets at `offset`, with the offset after it; null when it is cut off (section 3.2.1). */
function readLength(packet: Uint8Array, offset: number): { length: number; next: number } | null {
  const first = packet[offset];
  if (first === undefined) return null;
  if (first < 252) return { length: first, next: offset + 1 };
  const second = packet[offset + 1];
  return second === undefined ? null : { length: first + 4 * second, next: offset + 2 };
}

/** R4: the first of two frames has a length and fits. */
function isCode2(packet: Uint8Array): boolean {
  const first = readLength(packet, 1);
  return first !== null && first.next + first.length <= packet.length;
}

/** R6 and R7: padding and lengths of a packet with any number of frames add up. */
function isCode3(packet: Uint8Array, count: number): boolean {
  const flags = packet[1] ?? 0;
  let offset = 2;
  let padding = 0;
  if (flags & 0x40) {
    let octet: number | undefined;
    do {
      octet = packet[offset++];
      if (octet === undefined) return false;
      padding += octet === 255 ? 254 : octet;
    } while (octet === 255);
  }
  const end = packet.length - padding;
  if (flags & 0x80) {
    let bytes = 0;
    for (let frame = 0; frame < count - 1; frame++) {
      const read = readLength(packet, offset);
      if (!read) return false;
      bytes += read.length;
      offset = read.next;
    }
    return offset + bytes <= end;
  }
  return offset <= end && (end - offset) % count === 0;
}

/** Length of an Opus packet in ms, or null when it cannot be one: the framing rules R1 to R7 of RFC 6716, section 3.4. */
export function opusDurationMs(packet: Uint8Array): number | null {
  const first = packet[0];
  if (first === undefined || packet.length > MAX_OPUS_BYTES) return null;
  const tenths = frameTenths(first >> 3);
  const code = first & 3;
  if (code === 0) return tenths / 10;
  if (code === 1) return packet.length % 2 === 1 ? (2 * tenths) / 10 : null;
  if (code === 2) return isCode2(packet) ? (2 * tenths) / 10 : null;
  const count = (packet[1] ?? 0) & 0x3f;
  if (count === 0 || count * tenths > MAX_PACKET_TENTHS || !isCode3(packet, count)) return null;
  return (count * tenths) / 10;
}

/** PO19: length in ms of what a bus may carry; null for anything else. Decoders accept nonsense silently, so this is the check. */
export function busPayloadMs(packet: Uint8Array): number | null {
  const durationMs = opusDurationMs(packet);
  return durationMs !== null && durationMs >= MIN_BUS_PACKET_MS && durationMs <= MAX_BUS_PACKET_MS ? durationMs : null;
}
