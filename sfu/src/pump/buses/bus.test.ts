import { EventEmitter } from 'node:events';
import type { types } from 'mediasoup';
import { describe, expect, it } from 'vitest';
import type { ZoneId } from '@loa/shared/ids';
import { rankOf } from '@loa/shared/broadcasts/rank';
import { toCsrc } from '@loa/shared/protocol/csrc';
import type { PathPart } from '@loa/shared/protocol/second-path';
import { STAND_IN_PAYLOAD } from '@loa/shared/protocol/stand-in';
import type { MediaRouter } from '../workers/media-worker.ts';
import { createBusMap } from './bus-map.ts';
import { type Bus, createBus } from './bus.ts';

/** A router whose producers keep what is written to them. */
function fakeRouter() {
  const written = new Map<string, Buffer[]>();
  const produce = () => {
    const packets: Buffer[] = [];
    const id = String(written.size);
    written.set(id, packets);
    const observer = new EventEmitter();
    return Promise.resolve({
      id,
      observer,
      send: (packet: Buffer) => void packets.push(packet),
      close: () => observer.emit('close'),
    });
  };
  let counted = 0;
  const countSent = (n: number) => void (counted += n);
  const media = { router: {}, entrance: { produce }, payloadType: 111, countSent } as unknown as MediaRouter;
  /** Consumes a bus; answers what comes, as 32-bit timestamps and sequence numbers, and how it ends. */
  const listen = async (bus: Bus, part: PathPart) => {
    let producerId = '';
    const observer = new EventEmitter();
    await bus.consume(
      media,
      (id) => {
        producerId = id;
        return Promise.resolve({ observer, closed: false } as unknown as types.Consumer);
      },
      part,
    );
    return {
      stamps: () => (written.get(producerId) ?? []).map((packet) => packet.readUInt32BE(4)),
      numbers: () => (written.get(producerId) ?? []).map((packet) => packet.readUInt16BE(2)),
      leave: () => observer.emit('close'),
    };
  };
  return { listen, counted: () => counted };
}

const SPEECH = Buffer.from([0xf8, 1, 2, 3]);
const frameOf = (level: 1 | 2 | 3, timestamp: number, payload: Buffer = SPEECH) => ({
  csrc: toCsrc({ rank: rankOf({ level, authority: 7, live: true }), overlay: false, tag: 7 }),
  timestamp,
  marker: false,
  payload,
});

describe('NP30: the packets that the media worker sends', () => {
  it('are one for each listener of the stream, of each part what is written for it', async () => {
    const { listen, counted } = fakeRouter();
    const bus = createBus('zone');
    const first = await listen(bus, 'everything');
    await listen(bus, 'everything');
    await listen(bus, 'emergencies');
    bus.send(frameOf(1, 1));
    expect(counted()).toBe(2);
    bus.send(frameOf(3, 2));
    expect(counted()).toBe(5);
    first.leave();
    bus.send(frameOf(1, 3));
    expect(counted()).toBe(6);
  });
});

describe('ND20: the emergency part of a bus', () => {
  it('is written for emergencies only, in a sequence of its own without a gap', async () => {
    const { listen } = fakeRouter();
    const bus = createBus('zone');
    const first = await listen(bus, 'everything');
    const second = await listen(bus, 'emergencies');
    for (const frame of [frameOf(1, 1), frameOf(3, 2), frameOf(2, 3), frameOf(3, 4)]) bus.send(frame);
    expect(first.stamps()).toEqual([1, 2, 3, 4]);
    expect(second.stamps()).toEqual([2, 4]);
    const [one = 0, next] = second.numbers();
    expect(next).toBe((one + 1) & 0xffff);
  });

  it('costs nothing while there is none, nor when nobody listens to it any more', async () => {
    const { listen } = fakeRouter();
    const bus = createBus('zone');
    const second = await listen(bus, 'emergencies');
    bus.send(frameOf(2, 1));
    bus.send(frameOf(3, 2, Buffer.from(STAND_IN_PAYLOAD)));
    expect(bus.sentPackets).toBe(0);
    bus.send(frameOf(3, 3));
    expect(bus.sentPackets).toBe(1);
    second.leave();
    await Promise.resolve();
    expect(bus.outlets).toBe(0);
  });

  it('ND22: is silent while this node may not know what has ended; the rest goes on', async () => {
    const { listen } = fakeRouter();
    let may = false;
    const bus = createBus('zone', () => may);
    const [first, second] = [await listen(bus, 'everything'), await listen(bus, 'emergencies')];
    bus.send(frameOf(3, 1));
    may = true;
    bus.send(frameOf(3, 2));
    expect([first.stamps(), second.stamps()]).toEqual([[1, 2], [2]]);
  });
});

describe('ND20: the buses of a node', () => {
  it('say which zones are listened to, and of which only emergencies; it is told when that is more', () => {
    let told = 0;
    const buses = createBusMap(() => (told += 1));
    const zone = 'ward' as ZoneId;
    const bus = buses.open(zone, 'emergencies');
    buses.open(zone, 'emergencies');
    expect([told, [...buses.zones], [...buses.emergencyZones]]).toEqual([1, [], [zone]]);
    expect(buses.open(zone, 'everything')).toBe(bus);
    buses.open(zone, 'emergencies');
    expect([told, [...buses.zones], [...buses.emergencyZones]]).toEqual([2, [zone], []]);
  });

  it('ND70: forgets a zone a while after its last listener, and tells when somebody is there again', async () => {
    const { listen } = fakeRouter();
    let [told, nowMs] = [0, 0];
    const buses = createBusMap(
      () => (told += 1),
      () => true,
      () => nowMs,
    );
    const zone = 'ward' as ZoneId;
    const [first, second] = [
      await listen(buses.open(zone, 'everything'), 'everything'),
      await listen(buses.open(zone, 'emergencies'), 'emergencies'),
    ];
    const listened = () => [[...buses.zones], [...buses.emergencyZones], buses.size];
    nowMs = 60_000;
    expect(listened()).toEqual([[zone], [], 1]);
    first.leave();
    nowMs = 69_000;
    expect(listened()).toEqual([[zone], [], 1]);
    nowMs = 71_000;
    expect(listened()).toEqual([[], [zone], 1]);
    second.leave();
    nowMs = 90_000;
    expect(listened()).toEqual([[], [], 0]);
    expect(told).toBe(1);
    await listen(buses.open(zone, 'emergencies'), 'emergencies');
    expect(listened()).toEqual([[], [zone], 1]);
    buses.open(zone, 'everything');
    expect([told, ...listened()]).toEqual([3, [zone], [], 1]);
  });
});
