import type { DelaysAnswer } from '@loa/shared/protocol/playout-delay';
import { receiverViewSchema, type ReceiverView } from '@loa/shared/protocol/receivers';
import { buildZoneTree, type ZoneTree } from '@loa/shared/zones/zone-tree';
import { describe, expect, test } from 'vitest';
import { REPORT } from '../../../../test/support/receivers.ts';
import { aBroadcast, SMALL_CITY, zoneId } from '../../../../test/support/zones.ts';
import { readDelay } from './delay-input.ts';
import { clashesOf, effectOf } from './delay-plan.ts';
import { groupsOf, outlookOf, progressOf, rowOf, zonesToShow } from './zone-delays.ts';

const NOTHING: DelaysAnswer = { everywhereMs: null, delays: [] };

function loudspeaker(id: string, zone: string, report: object = {}, more: object = {}): ReceiverView {
  return receiverViewSchema.parse({
    receiverId: id,
    name: `Loa ${id}`,
    kind: 'loudspeaker',
    zoneId: zone,
    online: true,
    lastSeenAt: 1,
    softwareVersion: '1',
    volume: 80,
    emergencyVolume: 100,
    muted: false,
    report: { ...REPORT, ...report },
    ...more,
  });
}

/** Ward 2 with two loudspeakers, ward 10 with one. */
const RECEIVERS = [loudspeaker('a', 'k1'), loudspeaker('b', 'k2'), loudspeaker('c', 'k3')];

function cityWith(delays: Readonly<Record<string, number>>): ZoneTree {
  const zones = SMALL_CITY.zones.map((zone) => {
    const delay = delays[zone.id];
    return delay === undefined ? zone : { ...zone, playoutDelayMs: delay };
  });
  const built = buildZoneTree(zones);
  if (!built.ok) throw new Error('a tree');
  return built.value;
}

function rowIn(tree: ZoneTree, id: string, answer = NOTHING, receivers: readonly ReceiverView[] = RECEIVERS) {
  const zone = tree.zoneById(zoneId(id));
  if (!zone) throw new Error(id);
  return rowOf(zone, groupsOf(tree, receivers), { tree, answer });
}

describe('what holds in a zone', () => {
  test('PO72: where the delay comes from: its size, the settings, itself, or a zone above', () => {
    const origins = (tree: ZoneTree, answer = NOTHING) =>
      ['c', 'w2', 'w10'].map((id) => {
        const { origin, usualMs } = rowIn(tree, id, answer);
        return `${origin} ${usualMs}`;
      });
    expect(origins(SMALL_CITY)).toEqual(['lone 60', 'shared 200', 'lone 60']);
    expect(origins(SMALL_CITY, { ...NOTHING, everywhereMs: 90 })).toEqual([
      'settings 90',
      'settings 90',
      'settings 90',
    ]);
    expect(origins(cityWith({ c: 300, w10: 60 }))).toEqual(['here 300', 'above 300', 'here 60']);
  });

  test('PO72: counts the loudspeakers of the zone that are moved with it, no pages, and those out of step', () => {
    const receivers = [
      ...RECEIVERS,
      loudspeaker('late', 'k1', { behindMs: 35 }),
      loudspeaker('early', 'k2', { aheadMs: 40, ownDelayMs: 160 }),
      loudspeaker('lost', 'k2', { path: 'lost', behindMs: 9 }),
      loudspeaker('away', 'k2', {}, { online: false }),
      loudspeaker('page', 'k1', {}, { kind: 'browser' }),
    ];
    const row = rowIn(SMALL_CITY, 'w2', NOTHING, receivers);
    expect(row.loudspeakers).toHaveLength(6);
    expect(row.inStep).toBe(2);
    expect(row.outOfStep.map(({ receiverId }) => receiverId)).toEqual(['late', 'early']);
    expect([row.below, rowIn(SMALL_CITY, 'c', NOTHING, receivers).below]).toEqual([0, 7]);
    // A cluster with a delay of its own is moved by itself.
    expect(rowIn(cityWith({ k1: 100 }), 'w2', NOTHING, receivers).loudspeakers).toHaveLength(4);
  });

  test('the city, its wards and what has a delay of its own are listed; the search needs no diacritics', () => {
    const ids = (tree: ZoneTree, query: string) => zonesToShow(tree, query).zones.map(({ id }) => id);
    expect(ids(SMALL_CITY, '')).toEqual(['c', 'w2', 'w10']);
    expect(ids(cityWith({ k2: 100 }), ' ')).toEqual(['c', 'w2', 'k2', 'w10']);
    expect(ids(SMALL_CITY, 'phuong 10')).toContain('w10');
    expect(ids(SMALL_CITY, 'cum loa 2')).toContain('k2');
    expect(ids(SMALL_CITY, 'không có')).toEqual([]);
  });
});

describe('how a delay moves', () => {
  const order = { playoutDelayMs: 200, delayMove: { previousMs: 60, fromMs: 10_000 } };

  test('PO31, PO72: from 60 to 200 ms takes 70 s, and half of it is done after half of that', () => {
    expect(progressOf(order, 7_000)).toMatchObject({ currentMs: 60, share: 0 });
    const half = progressOf(order, 10_000 + 35_000 + 130);
    expect(half?.currentMs).toBeCloseTo(130, 6);
    expect(half?.share).toBeCloseTo(0.5, 6);
    expect(half?.leftMs).toBeCloseTo(35_070, 6);
    expect(progressOf(order, 10_000 + 70_000 + 200)).toBeNull();
    expect(progressOf({ playoutDelayMs: 200, delayMove: null }, 0)).toBeNull();
  });

  test('PO34, PO72: tells what is still to come from what was raised for a slow link', () => {
    const at = (delayMs: number, previousMs: number, now: number) => {
      const held = { zoneId: zoneId('w2'), playoutDelayMs: delayMs, delayMove: { previousMs, fromMs: 0 } };
      return outlookOf(rowIn(SMALL_CITY, 'w2', { ...NOTHING, delays: [held] }), now);
    };
    expect(at(200, 60, 1e6)).toEqual({ kind: 'stays' });
    expect(at(260, 200, 1e6)).toEqual({ kind: 'raised', usualMs: 200 });
    expect(at(260, 200, 1_000)).toEqual({ kind: 'follows', toMs: 200 });
    expect(at(60, 200, 1e6)).toEqual({ kind: 'follows', toMs: 200 });
  });
});

describe('what is typed as a delay', () => {
  test.each([
    ['20', 20],
    [' 350 ms ', 350],
    ['5000', 5_000],
    ['', 'empty'],
    ['ms', 'empty'],
    ['12,5', 'not-whole'],
    ['-60', 'not-whole'],
    ['19', 'too-small'],
    ['5001', 'too-large'],
    ['99999999999999999999', 'too-large'],
  ])('“%s” is %s', (typed, expected) => expect(readDelay(typed)).toBe(expected));
});

describe('echoes that a delay would make', () => {
  const facts = (more: object = {}) => ({
    tree: SMALL_CITY,
    receivers: RECEIVERS,
    answer: NOTHING,
    broadcasts: [],
    isBorder: () => true,
    ...more,
  });
  const plan = (id: string, setMs: number | null) => ({ zoneId: zoneId(id), setMs });
  const named = (found: readonly { zone: { id: string }; delayMs: number }[]) =>
    found.map(({ zone, delayMs }) => `${zone.id} ${delayMs}`);

  test('PO73: a ward that shares a border with another delay is named, one that does not is not', () => {
    const { neighbours, sameWard } = clashesOf(plan('w2', 400), facts());
    expect(named(neighbours)).toEqual(['w10 60']);
    expect(sameWard).toEqual([]);
    expect(clashesOf(plan('w2', 60), facts()).neighbours).toEqual([]);
    expect(clashesOf(plan('w2', 400), facts({ isBorder: () => false })).neighbours).toEqual([]);
  });

  test('PO73: what holds next door is what was raised there, not what is usual', () => {
    const held = { zoneId: zoneId('w10'), playoutDelayMs: 130, delayMove: { previousMs: 60, fromMs: 0 } };
    const answer = { ...NOTHING, delays: [held] };
    expect(named(clashesOf(plan('w2', 400), facts({ answer })).neighbours)).toEqual(['w10 130']);
    expect(clashesOf(plan('w2', 130), facts({ answer })).neighbours).toEqual([]);
  });

  test('PO73: a cluster that leaves its ward is heard with the rest of it', () => {
    const { sameWard } = clashesOf(plan('k1', 400), facts());
    // Who is left is alone, and has the delay of a lone one.
    expect(named(sameWard)).toEqual(['w2 60']);
  });

  test('PO73: a broadcast on air over both delays is named, one that waits or is elsewhere is not', () => {
    const broadcasts = [
      aBroadcast({ title: 'Cả hai', zones: ['c'] }),
      aBroadcast({ title: 'Phường 2', zones: ['w2'] }),
      aBroadcast({ title: 'Chờ', zones: ['c'], phase: 'waiting' }),
    ];
    const clashes = clashesOf(plan('w2', 400), facts({ broadcasts }));
    expect(clashes.broadcasts).toEqual([{ title: 'Cả hai', leastMs: 60, mostMs: 400 }]);
    expect(clashesOf(plan('c', 400), facts({ broadcasts })).broadcasts).toEqual([]);
  });

  test('PO73: nobody hears an echo of a zone without loudspeakers', () => {
    const receivers = RECEIVERS.filter(({ zoneId: id }) => id !== 'k3');
    expect(clashesOf(plan('w10', 400), facts({ receivers })).neighbours).toEqual([]);
    expect(clashesOf(plan('w2', 400), facts({ receivers })).neighbours).toEqual([]);
  });

  test('PO33: what a zone would have without a delay of its own is the usual one of its group', () => {
    const tree = cityWith({ w2: 400 });
    expect(effectOf(plan('w2', null), facts({ tree }))).toEqual({ delayMs: 200, loudspeakers: 2 });
    expect(effectOf(plan('k3', null), facts({ tree }))).toEqual({ delayMs: 60, loudspeakers: 1 });
    expect(effectOf(plan('c', 300), facts({ tree }))).toEqual({ delayMs: 300, loudspeakers: 1 });
    expect(effectOf(plan('w2', 150), facts({ tree })).delayMs).toBe(150);
  });
});
