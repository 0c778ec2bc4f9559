import { Retransmission } from '@loa/shared/playout/retransmission';
import {
  GenericNack,
  RtcpTransportLayerFeedback,
  type RTCPeerConnection,
  type RTCRtpTransceiver,
  type RtpHeader,
} from 'werift';
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
      const asking = new Asking(transceiver);
      transceiver.onTrack.subscribe((track) => {
        track.onReceiveRtp.subscribe(({ header, payload }) => {
          asking.note(header);
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

/** Asks for the missing packets of one bus, also when none comes that would show that they are missing. */
class Asking {
  readonly #transceiver: RTCRtpTransceiver;
  readonly #retransmission = new Retransmission();
  #ssrc = 0;
  #wakeMs = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | null = null;

  constructor(transceiver: RTCRtpTransceiver) {
    this.#transceiver = transceiver;
  }

  note({ ssrc, sequenceNumber: sequence, timestamp, marker }: RtpHeader): void {
    this.#ssrc = ssrc;
    this.#ask(this.#retransmission.note({ sequence, timestamp, marker }, localNow()));
  }

  #ask(missing: number[]): void {
    if (missing.length > 0) askAgain(this.#transceiver, this.#ssrc, missing);
    const { wakeMs } = this.#retransmission;
    // The time moves by each packet; a timer that comes too soon is set anew.
    if (this.#timer !== null && this.#wakeMs <= wakeMs) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = wakeMs === Number.POSITIVE_INFINITY ? null : this.#wakeAt(wakeMs);
  }

  #wakeAt(wakeMs: number): NodeJS.Timeout {
    this.#wakeMs = wakeMs;
    return setTimeout(
      () => {
        this.#timer = null;
        this.#ask(this.#retransmission.due(localNow()));
      },
      Math.max(1, Math.ceil(wakeMs - localNow())),
    ).unref();
  }
}

/** werift itself asks again for video only. */
function askAgain(transceiver: RTCRtpTransceiver, mediaSourceSsrc: number, lost: number[]): void {
  const feedback = new GenericNack({ senderSsrc: transceiver.receiver.rtcpSsrc, mediaSourceSsrc, lost });
  // On a connection that has just gone nobody can be asked.
  transceiver.dtlsTransport.sendRtcp([new RtcpTransportLayerFeedback({ feedback })]).catch(() => undefined);
}
