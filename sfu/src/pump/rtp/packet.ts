/** The fields of an RTP packet that the pump looks at (RFC 3550, section 5.1). */
export interface RtpPacket {
  readonly payloadType: number;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payload: Buffer;
}

const FIXED_HEADER_BYTES = 12;
/** Our packets carry exactly one CSRC. */
const BUS_HEADER_BYTES = FIXED_HEADER_BYTES + 4;

/** Reads a packet, or answers null when its lengths do not add up or it has no payload. */
export function parseRtp(packet: Buffer): RtpPacket | null {
  if (packet.length < FIXED_HEADER_BYTES || (packet[0] ?? 0) >> 6 !== 2) return null;
  const first = packet[0] ?? 0;
  let offset = FIXED_HEADER_BYTES + 4 * (first & 0x0f);
  if (first & 0x10) {
    if (packet.length < offset + 4) return null;
    offset += 4 + 4 * packet.readUInt16BE(offset + 2);
  }
  const padding = first & 0x20 ? (packet[packet.length - 1] ?? 0) : 0;
  const end = packet.length - padding;
  if (offset >= end) return null;
  return {
    payloadType: (packet[1] ?? 0) & 0x7f,
    sequenceNumber: packet.readUInt16BE(2),
    timestamp: packet.readUInt32BE(4),
    ssrc: packet.readUInt32BE(8),
    payload: packet.subarray(offset, end),
  };
}

/** Reads what another node's `writeBusPacket` wrote; null when it is anything else. The payload is a copy. */
export function parseBusPacket(
  data: Buffer,
): Pick<BusPacket, 'marker' | 'sequenceNumber' | 'timestamp' | 'csrc' | 'payload'> | null {
  const packet = parseRtp(data);
  if (!packet || ((data[0] ?? 0) & 0x0f) !== 1) return null;
  return {
    marker: ((data[1] ?? 0) & 0x80) !== 0,
    sequenceNumber: packet.sequenceNumber,
    timestamp: packet.timestamp,
    csrc: data.readUInt32BE(FIXED_HEADER_BYTES),
    payload: Buffer.from(packet.payload),
  };
}

export interface BusPacket {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly csrc: number;
  readonly payload: Buffer;
}

/** Writes a packet with one CSRC, which is all that a bus carries. */
export function writeBusPacket(packet: BusPacket): Buffer {
  const out = Buffer.allocUnsafe(BUS_HEADER_BYTES + packet.payload.length);
  out[0] = 0x81;
  out[1] = (packet.marker ? 0x80 : 0) | packet.payloadType;
  out.writeUInt16BE(packet.sequenceNumber & 0xffff, 2);
  out.writeUInt32BE(packet.timestamp >>> 0, 4);
  out.writeUInt32BE(packet.ssrc >>> 0, 8);
  out.writeUInt32BE(packet.csrc >>> 0, 12);
  packet.payload.copy(out, BUS_HEADER_BYTES);
  return out;
}
