import type { types } from 'mediasoup';
import { randomInt } from 'node:crypto';
import { goesOverSecondPaths, type PathPart } from '@loa/shared/protocol/second-path';
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
  readonly part: PathPart;
  readonly producer: types.Producer;
  readonly media: MediaRouter;
  readonly payloadType: number;
  readonly ssrc: number;
  /** Contiguous as long as it is there: a jump would cost receivers the packets after it. */
  sequenceNumber: number;
}

/** The outlet on one router, from the moment when it is wanted. */
interface Place {
  readonly producer: Promise<types.Producer>;
  /** Consumers that are open or being opened. */
  consumers: number;
}

/** A stream that the pump writes and any number of consumers get; free while silent, and where nobody consumes it. */
export interface Bus {
  readonly name: string;
  /** Writes a frame to every consumer: one write per router, however many listen. */
  send(frame: BusFrame): void;
  /**
   * Opens a consumer on this router with `open`. The producer there is made for the first one and goes with the last: whoever comes
   * after that consumes a new stream from its beginning. `emergencies`: a stream of its own, to which only those are written.
   */
  consume(
    router: MediaRouter,
    open: (producerId: string) => Promise<types.Consumer>,
    part?: PathPart,
  ): Promise<types.Consumer>;
  /** Consumers of this part that are open or being opened. */
  listeners(part: PathPart): number;
  readonly sentPackets: number;
  /** Writes that a frame costs; one below an emergency less, where there are streams for emergencies alone. */
  readonly outlets: number;
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

/** @param servesSecondPaths whether this node may send over second paths now (ND22). */
export function createBus(name: string, servesSecondPaths: () => boolean = () => true): Bus {
  const outlets = new Set<Outlet>();
  const placesOf: Readonly<Record<PathPart, Map<MediaRouter, Place>>> = {
    everything: new Map(),
    emergencies: new Map(),
  };
  let sentPackets = 0;

  const produce = async (media: MediaRouter, part: PathPart): Promise<types.Producer> => {
    const { entrance, payloadType } = media;
    const ssrc = randomInt(1, 0xffffffff);
    const producer = await entrance.produce({
      kind: 'audio',
      rtpParameters: opusParameters(payloadType, ssrc),
    });
    const outlet: Outlet = { part, producer, media, payloadType, ssrc, sequenceNumber: randomInt(0, 0x8000) };
    outlets.add(outlet);
    // Nobody consumes it any more, the router's worker died, or this bus is closed.
    producer.observer.once('close', () => outlets.delete(outlet));
    return producer;
  };

  const enter = (router: MediaRouter, part: PathPart): Place => {
    const places = placesOf[part];
    const place = places.get(router) ?? { producer: produce(router, part), consumers: 0 };
    place.consumers += 1;
    places.set(router, place);
    return place;
  };
  const leave = (router: MediaRouter, part: PathPart, place: Place) => {
    place.consumers -= 1;
    if (place.consumers > 0) return;
    const places = placesOf[part];
    if (places.get(router) === place) places.delete(router);
    place.producer.then(
      (producer) => producer.close(),
      () => undefined,
    );
  };

  return {
    name,
    get sentPackets() {
      return sentPackets;
    },
    listeners(part) {
      let sum = 0;
      for (const { consumers } of placesOf[part].values()) sum += consumers;
      return sum;
    },
    send(frame) {
      const goesOverBoth = goesOverSecondPaths(frame) && servesSecondPaths();
      for (const outlet of outlets) {
        if (outlet.part === 'emergencies' && !goesOverBoth) continue;
        outlet.sequenceNumber = (outlet.sequenceNumber + 1) & 0xffff;
        outlet.producer.send(writeBusPacket({ ...frame, ...outlet, payloadType: outlet.payloadType }));
        sentPackets += 1;
        outlet.media.countSent(placesOf[outlet.part].get(outlet.media)?.consumers ?? 0);
      }
    },
    get outlets() {
      return outlets.size;
    },
    async consume(router, open, part = 'everything') {
      const place = enter(router, part);
      let consumer: types.Consumer;
      try {
        consumer = await open((await place.producer).id);
      } catch (error) {
        leave(router, part, place);
        throw error;
      }
      if (consumer.closed) leave(router, part, place);
      else consumer.observer.once('close', () => leave(router, part, place));
      return consumer;
    },
    close() {
      for (const places of Object.values(placesOf)) places.clear();
      for (const { producer } of outlets) producer.close();
    },
  };
}
