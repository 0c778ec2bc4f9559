import type { types } from 'mediasoup';
import { randomInt } from 'node:crypto';
import { writeBusPacket } from '../rtp/packet.ts';
import type { MediaRouter } from '../workers/media-worker.ts';

/** One piece of sound with its place on the timeline and its label. */
export interface BusFrame {
  readonly csrc: number;
  /** 48 kHz, 32 bit: see `toTimestamp`. */
  readonly timestamp: number;
  readonly marker: boolean;
  readonly payload: Buffer;
}

interface Outlet {
  readonly producer: types.Producer;
  readonly payloadType: number;
  readonly ssrc: number;
  /** Contiguous for ever: a jump would cost receivers the packets after it. */
  sequenceNumber: number;
}

/** A stream that the pump writes and any number of consumers get; made once, free while silent. */
export interface Bus {
  readonly name: string;
  /** Writes a frame to every consumer: one write per router, however many listen. */
  send(frame: BusFrame): void;
  /** The producer to consume on this router. */
  producerOn(router: MediaRouter): Promise<types.Producer>;
  readonly sentPackets: number;
  close(): void;
}

/** What one stream of packets made here looks like to mediasoup. */
export function opusParameters(payloadType: number, ssrc: number): types.RtpParameters {
  return {
    codecs: [
      {
        mimeType: 'audio/opus',
        payloadType,
        clockRate: 48_000,
        channels: 2,
        parameters: { useinbandfec: 1 },
        rtcpFeedback: [{ type: 'nack', parameter: '' }],
      },
    ],
    encodings: [{ ssrc }],
    rtcp: { cname: 'loa' },
  };
}

export function createBus(name: string): Bus {
  const outlets = new Set<Outlet>();
  const opening = new Map<MediaRouter, Promise<types.Producer>>();
  let sentPackets = 0;

  const open = async (router: MediaRouter): Promise<types.Producer> => {
    const { entrance, payloadType } = router;
    const ssrc = randomInt(1, 0xffffffff);
    const producer = await entrance.produce({
      kind: 'audio',
      rtpParameters: opusParameters(payloadType, ssrc),
    });
    const outlet: Outlet = { producer, payloadType, ssrc, sequenceNumber: randomInt(0, 0x8000) };
    outlets.add(outlet);
    // The router's worker died, or this bus is closed.
    producer.observer.once('close', () => {
      outlets.delete(outlet);
      opening.delete(router);
    });
    return producer;
  };

  return {
    name,
    get sentPackets() {
      return sentPackets;
    },
    send(frame) {
      for (const outlet of outlets) {
        outlet.sequenceNumber = (outlet.sequenceNumber + 1) & 0xffff;
        outlet.producer.send(writeBusPacket({ ...frame, ...outlet, payloadType: outlet.payloadType }));
        sentPackets += 1;
      }
    },
    producerOn(router) {
      let producer = opening.get(router);
      if (!producer) {
        producer = open(router);
        opening.set(router, producer);
        producer.catch(() => opening.delete(router));
      }
      return producer;
    },
    close() {
      for (const { producer } of outlets) producer.close();
    },
  };
}
