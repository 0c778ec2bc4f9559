import { RTCPeerConnection, RTCRtpCodecParameters } from 'werift';
import { sendWholeFlights } from './whole-flights.ts';

/** Payload type of Opus on every bus (PROTOCOL.md, "Bus packets"). */
const OPUS_PAYLOAD_TYPE = 111;

export interface PeerOptions {
  /** Also gather IPv6 addresses. */
  readonly ipv6: boolean;
}

/** A connection that only receives Opus, on `lines` m-lines. */
export function createReceivingPeer(lines: number, options: PeerOptions): RTCPeerConnection {
  const peer = new RTCPeerConnection({
    codecs: {
      audio: [
        new RTCRtpCodecParameters({
          mimeType: 'audio/opus',
          clockRate: 48_000,
          channels: 2,
          payloadType: OPUS_PAYLOAD_TYPE,
          parameters: 'minptime=10;useinbandfec=1',
          rtcpFeedback: [{ type: 'nack' }],
        }),
      ],
    },
    iceServers: [],
    iceUseIpv6: options.ipv6,
    bundlePolicy: 'max-bundle',
  });
  for (let line = 0; line < lines; line += 1) peer.addTransceiver('audio', { direction: 'recvonly' });
  // With no server set werift would ask a public one; a receiver talks to its door only, which is ICE-lite and reachable.
  for (const { connection } of peer.iceTransports) {
    delete connection.stunServer;
    sendWholeFlights(connection);
  }
  return peer;
}
