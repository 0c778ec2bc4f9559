import { toCsrc } from '@loa/shared/protocol/csrc';
import { toTimestamp } from '@loa/shared/timing/rtp-timeline';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFleet, type Fleet } from '../src/fleet/create-fleet.ts';
import type { FirstPacket } from '../src/fleet/light-receiver.ts';
import { LoopbackDoor, serverNow, TEST_TOKEN } from './support/loopback-door.ts';
import { waitFor } from './support/wait-for.ts';

const COUNT = 3;
let door: LoopbackDoor;
let fleet: Fleet;
let firsts: FirstPacket[];
let heard: Map<string, string[]>;

beforeEach(async () => {
  door = await new LoopbackDoor().open();
  firsts = [];
  heard = new Map();
  fleet = createFleet({
    doorUrl: door.url,
    token: TEST_TOKEN,
    zones: ['zone-cluster'],
    count: COUNT,
    log: pino({ level: 'silent' }),
    onFirstPacket: (event) => firsts.push(event),
    onHeard: ({ id }, { sounding }) => {
      heard.set(id, [...(heard.get(id) ?? []), sounding.map(({ tag }) => tag).join()]);
    },
  });
  await fleet.ready();
});

afterEach(async () => {
  await fleet.close();
  await door.close();
});

describe('a fleet over real WebRTC', () => {
  it('PO17, PO20: every light receiver tells the first packet, what is heard, and keeps records', async () => {
    const startMs = Math.round(serverNow()) + 100;
    let next = 0;
    await waitFor(() => {
      for (; next < 50 && startMs + next * 20 <= serverNow(); next += 1) {
        const timestamp = toTimestamp(startMs + next * 20);
        const csrc = toCsrc({ rank: 76, overlay: false, tag: 4 });
        for (const media of door.medias) {
          media.send('zone-ward', { timestamp, csrc, marker: next >= 47, payload: new Uint8Array([0x78, 1, 2, 3]) });
        }
      }
      return next < 50 && `${50 - next} packets to send`;
    });
    const timelines = (): string[] => [...heard.values()].map((timeline) => timeline.join(' > '));
    await waitFor(() => timelines().join() !== Array(COUNT).fill('4 > ').join() && `heard ${timelines().join()}`);
    expect(firsts).toHaveLength(COUNT);
    for (const first of firsts) {
      expect(first).toMatchObject({ busZoneId: 'zone-ward', rtpTimestamp: toTimestamp(startMs) });
      expect(first.label).toEqual({ rank: 76, overlay: false, tag: 4 });
    }
    await fleet.close();
    const records = [...door.records.values()];
    expect(records.map((record) => record.receiverId).sort()).toEqual(['fleet-1', 'fleet-2', 'fleet-3']);
    for (const record of records) expect(record).toMatchObject({ final: true, lostPackets: 0, renderedMs: 960 });
  });
});
