import type { Arrival } from '../path/arrival.ts';

/** An arrival with its stream; the payload is still encrypted. */
export interface RawArrival extends Arrival {
  readonly ssrc: number;
}

const MIN_HEADER_BYTES = 12;
/** Packet types of RTCP as they show in the second byte (RFC 5761, section 4). */
const RTCP_FIRST = 192;
const RTCP_LAST = 223;

/**
 * Reads the header of an SRTP packet, which is in clear text; null for RTCP, STUN, DTLS and anything too short. Nothing here
 * is authenticated: good enough for measuring, not for sound.
 */
export function readRtpHeader(datagram: Buffer): RawArrival | null {
  if (datagram.length < MIN_HEADER_BYTES) return null;
  const first = datagram.readUInt8(0);
  const second = datagram.readUInt8(1);
  if (first >> 6 !== 2 || (second >= RTCP_FIRST && second <= RTCP_LAST)) return null;
  const sources = first & 0x0f;
  if (datagram.length < MIN_HEADER_BYTES + 4 * sources) return null;
  return {
    sequence: datagram.readUInt16BE(2),
    timestamp: datagram.readUInt32BE(4),
    ssrc: datagram.readUInt32BE(8),
    csrc: sources > 0 ? datagram.readUInt32BE(MIN_HEADER_BYTES) : null,
    marker: (second & 0x80) !== 0,
    payload: datagram.subarray(MIN_HEADER_BYTES + 4 * sources),
  };
}
