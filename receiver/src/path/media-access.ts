import { Retransmission } from '@loa/shared/playout/retransmission';
import { GenericNack, RtcpTransportLayerFeedback, type RTCPeerConnection, type RTCRtpTransceiver } from 'werift';
import { localNow } from '../session/server-clock.ts';
import type { Arrival } from './arrival.ts';

export type OnArrival = (bus: string, arrival: Arrival) => void;

/** How packets are taken from a connection. */
export interface MediaAccess {
  /** Before anything is negotiated; `buses` are the streams of the m-lines in their order. */
  prepare(peer: RTCPeerConnection, buses: readonly string[], onArrival: OnArrival): void;
  /** With the answer at hand, before the connection is made. */
  answered(peer: RTCPeerConnection, answer: string, buses: readonly string[], onArrival: OnArrival): void;
}

/** Everything: decrypted and checked by werift. */
export const FULL_ACCESS: MediaAccess = {
  prepare(peer, buses, onArrival) {
    peer.getTransceivers().forEach((transceiver, line) => {
      const bus = buses[line] ?? '';
      const retransmission = new Retransmission();
      transceiver.onTrack.subscribe((track) => {
        track.onReceiveRtp.subscribe(({ header, payload }) => {
          const missing = retransmission.note(header.sequenceNumber, localNow());
          if (missing.length > 0) askAgain(transceiver, header.ssrc, missing);
          onArrival(bus, {
            sequence: header.sequenceNumber,
            timestamp: header.timestamp,
            csrc: header.csrc[0] ?? null,
            marker: header.marker,
            payload,
          });
        });
      });
    });
  },
  answered: () => undefined,
};

/** werift itself asks again for video only. */
function askAgain(transceiver: RTCRtpTransceiver, mediaSourceSsrc: number, lost: number[]): void {
  const feedback = new GenericNack({ senderSsrc: transceiver.receiver.rtcpSsrc, mediaSourceSsrc, lost });
  // On a connection that has just gone nobody can be asked.
  transceiver.dtlsTransport.sendRtcp([new RtcpTransportLayerFeedback({ feedback })]).catch(() => undefined);
}
