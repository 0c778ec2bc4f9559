import type { types } from 'mediasoup';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bus, createBus } from '../src/pump/buses/bus.ts';
import { createMediaWorker, type MediaRouter, type MediaWorker } from '../src/pump/workers/media-worker.ts';
import { waitFor } from './support/wait-for.ts';

/** What a bus costs: a write for each router on which somebody consumes it, and none where nobody does. */

const DTLS = {
  role: 'client' as const,
  fingerprints: [{ algorithm: 'sha-256' as const, value: Array.from({ length: 32 }, () => 'AB').join(':') }],
};

let worker: MediaWorker;
beforeAll(async () => {
  const workerBin = process.env['MEDIASOUP_WORKER_BIN'];
  const log = pino({ level: 'silent' });
  const onDied = () => undefined;
  worker = await createMediaWorker({ host: '127.0.0.1', announcedAddress: undefined, port: 0, workerBin, log, onDied });
});
afterAll(() => worker.close());

/** Consumes a bus on a router, and keeps what comes. */
async function listen(bus: Bus, media: MediaRouter) {
  return consumeOn(await media.router.createDirectTransport(), bus, media);
}

async function consumeOn(exit: types.DirectTransport, bus: Bus, media: MediaRouter) {
  const consumer = await bus.consume(media, (producerId) =>
    exit.consume({ producerId, rtpCapabilities: media.router.rtpCapabilities }),
  );
  const heard: Array<{ sequenceNumber: number; ssrc: number }> = [];
  consumer.on('rtp', (packet) => heard.push({ sequenceNumber: packet.readUInt16BE(2), ssrc: packet.readUInt32BE(8) }));
  return { heard, consumer, close: () => exit.close() };
}

const untilSilent = (bus: Bus) => waitFor(() => (bus.outlets === 0 ? '' : `${bus.outlets} outlets to go`));

const frame = { csrc: 1, timestamp: 960, marker: false, payload: Buffer.from([0xf8, 0xff, 1, 0, 0]) };

describe('an outlet of a bus', () => {
  it('is there as long as somebody consumes it, with one sequence; after that a new one begins', async () => {
    const bus = createBus('test');
    const media = await worker.usualRouter();
    const first = await listen(bus, media);
    const send = async (listener: typeof first, frames: number) => {
      for (let n = 0; n < frames; n++) bus.send(frame);
      const wanted = listener.heard.length + frames;
      await waitFor(() => (listener.heard.length >= wanted ? '' : `${listener.heard.length} of ${wanted} packets`));
    };
    await send(first, 3);
    const second = await listen(bus, media);
    expect(bus.outlets).toBe(1);
    first.close();
    expect(bus.outlets).toBe(1);
    await send(second, 3);
    second.close();
    await untilSilent(bus);
    const sent = bus.sentPackets;
    bus.send(frame);
    expect(bus.sentPackets).toBe(sent);

    const third = await listen(bus, media);
    await send(third, 3);
    for (const { heard } of [first, second, third]) {
      expect(new Set(heard.map(({ ssrc }) => ssrc)).size).toBe(1);
      const numbers = heard.map(({ sequenceNumber }) => sequenceNumber);
      expect(numbers).toEqual(numbers.map((_, i) => ((numbers[0] ?? 0) + i) & 0xffff));
    }
    third.close();
    bus.close();
  });

  it('stays for those who come while the last one goes', async () => {
    const bus = createBus('test');
    const media = await worker.usualRouter();
    for (let round = 0; round < 20; round++) {
      const leaving = await listen(bus, media);
      const exit = await media.router.createDirectTransport();
      // Both in one turn, in either order.
      if (round % 2 === 0) leaving.close();
      const coming = consumeOn(exit, bus, media);
      leaving.close();
      const { heard, close } = await coming;
      bus.send(frame);
      await waitFor(() => (heard.length > 0 ? '' : `a packet in round ${round}`));
      close();
      await untilSilent(bus);
    }
  });

  it('does not stay when no consumer comes about', async () => {
    const bus = createBus('test');
    const media = await worker.usualRouter();
    await expect(bus.consume(media, () => Promise.reject(new Error('no consumer')))).rejects.toThrow('no consumer');
    await untilSilent(bus);
    const { close } = await listen(bus, media);
    expect(bus.outlets).toBe(1);
    close();
  });
});

describe('the router for a payload type', () => {
  it('goes with its last transport, and what is written there with it; the usual one stays', async () => {
    const bus = createBus('test');
    const open = async (payloadType: number) => worker.openTransport(payloadType, DTLS);
    const [one, other] = await Promise.all([open(96), open(96)]);
    expect(one.media).toBe(other.media);
    await listen(bus, one.media);
    one.transport.close();
    expect([one.media.router.closed, bus.outlets]).toEqual([false, 1]);
    other.transport.close();
    await waitFor(() => (one.media.router.closed ? '' : 'the end of the router'));
    expect([bus.outlets, worker.transports]).toEqual([0, 0]);

    const again = await open(96);
    expect(again.media).not.toBe(one.media);
    again.transport.close();
    const usual = await open(111);
    usual.transport.close();
    expect((await worker.usualRouter()).router.closed).toBe(false);
  });

  it('does not stay when the transport does not come about', async () => {
    const bad = { role: 'client' as const, fingerprints: [] } as unknown as typeof DTLS;
    const before: types.Router[] = [];
    const held = await worker.openTransport(97, DTLS);
    before.push(held.media.router);
    await expect(worker.openTransport(97, bad)).rejects.toThrow();
    held.transport.close();
    await waitFor(() => (before[0]?.closed ? '' : 'the end of the router'));
  });
});
