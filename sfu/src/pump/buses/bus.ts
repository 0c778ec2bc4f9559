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

export function createBus(name: string): Bus {
  const outlets: Outlet[] = [];
  const opening = new Map<number, Promise<types.Producer>>();
  let sentPackets = 0;

  const open = async ({ entrance, payloadType }: MediaRouter): Promise<types.Producer> => {
    const ssrc = randomInt(1, 0xffffffff);
    const producer = await entrance.produce({
      kind: 'audio',
      rtpParameters: {
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
      },
    });
    outlets.push({ producer, payloadType, ssrc, sequenceNumber: randomInt(0, 0x8000) });
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
      let producer = opening.get(router.payloadType);
      if (!producer) {
        producer = open(router);
        opening.set(router.payloadType, producer);
      }
      return producer;
    },
    close() {
      for (const { producer } of outlets) producer.close();
      outlets.length = 0;
      opening.clear();
    },
  };
}
