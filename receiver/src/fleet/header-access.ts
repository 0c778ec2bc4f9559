import type { MediaAccess } from '../path/media-access.ts';
import { readRtpHeader } from './rtp-header.ts';

/**
 * Headers only: decrypting and parsing every packet is most of what a receiver in Node costs, and a fleet needs neither. werift
 * is told that SRTP runs already, so it never starts it, and datagrams are read where ICE hands them out.
 */
export const HEADER_ACCESS: MediaAccess = {
  prepare: () => undefined,
  answered(peer, answer, buses, onArrival) {
    const busOf = new Map(streamSources(answer).map((ssrc, line) => [ssrc, buses[line] ?? '']));
    for (const transport of peer.dtlsTransports) {
      transport.srtpStarted = true;
      transport.iceTransport.connection.onData.subscribe((datagram) => {
        const arrival = readRtpHeader(datagram);
        const bus = arrival === null ? undefined : busOf.get(arrival.ssrc);
        if (arrival !== null && bus !== undefined) onArrival(bus, arrival);
      });
    }
  },
};

/** The SSRC of each m-line of an answer, in their order; 0 where none is named. */
export function streamSources(answer: string): number[] {
  const [, ...sections] = answer.split(/\r?\n(?=m=)/);
  return sections.map((section) => Number(/^a=ssrc:(\d+)/m.exec(section)?.[1] ?? 0));
}
