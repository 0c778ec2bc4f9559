import { describe, expect, it } from 'vitest';
import type { ZoneId } from '../ids.ts';
import { LONE_DELAY_MS, SHARED_DELAY_MS } from '../protocol/limits.ts';
import type { Zone } from '../zones/zone.ts';
import { buildZoneTree, type ZoneTree } from '../zones/zone-tree.ts';
import { moveTimeMs } from './delay-order.ts';
import {
  delayGroupOf,
  GroupDelay,
  LOWER_AFTER_MS,
  MAX_ORDER_AHEAD_MS,
  MAX_RAISE_MS,
  ORDER_LEAD_MS,
  RAISE_AFTER_MS,
  usualDelayMs,
  wantedDelayMs,
} from './group-delay.ts';

const zone = (id: string, parentId: string | null, kind: Zone['kind'], playoutDelayMs?: number): Zone => ({
  id: id as ZoneId,
  parentId: parentId as ZoneId | null,
  kind,
  code: id,
  name: id,
  lat: null,
  lng: null,
  population: null,
  ...(playoutDelayMs === undefined ? {} : { playoutDelayMs }),
});

function treeWith(...set: readonly [id: string, ms: number][]): ZoneTree {
  const delays = new Map(set);
  const tree = buildZoneTree([
    zone('city', null, 'city', delays.get('city')),
    zone('ward', 'city', 'ward', delays.get('ward')),
    zone('street', 'ward', 'neighbourhood', delays.get('street')),
    zone('pole', 'street', 'cluster', delays.get('pole')),
    zone('tower', 'city', 'cluster', delays.get('tower')),
  ]);
  if (!tree.ok) throw new Error('a tree');
  return tree.value;
}

const groupAt = (tree: ZoneTree, id: string) => delayGroupOf(tree, id as ZoneId);

/** Reviews every 2 s, as a door does; server times of the orders that came of it. */
function run(
  delay: GroupDelay,
  fromMs: number,
  untilMs: number,
  needsMs: readonly number[],
  usualMs = SHARED_DELAY_MS,
) {
  const at: number[] = [];
  for (let now = fromMs; now < untilMs; now += 2_000) if (delay.review(usualMs, needsMs, now)) at.push(now);
  return at;
}

describe('group of a receiver', () => {
  it('PO33: is its ward; its own zone where there is no ward; or the nearest zone above with a delay of its own', () => {
    expect(groupAt(treeWith(), 'pole')).toEqual({ zoneId: 'ward', setMs: null });
    expect(groupAt(treeWith(), 'tower')).toEqual({ zoneId: 'tower', setMs: null });
    expect(groupAt(treeWith(['city', 300]), 'pole')).toEqual({ zoneId: 'city', setMs: 300 });
    expect(groupAt(treeWith(['city', 300], ['street', 100]), 'pole')).toEqual({ zoneId: 'street', setMs: 100 });
    expect(groupAt(treeWith(['city', 300], ['street', 100]), 'tower')).toEqual({ zoneId: 'city', setMs: 300 });
  });

  it('PO33: has the delay that is set for it, else that of the settings, else the one of its size', () => {
    const group = groupAt(treeWith(), 'pole');
    expect(usualDelayMs({ ...group, setMs: 90 }, 5, 500)).toBe(90);
    expect(usualDelayMs(group, 5, 500)).toBe(500);
    expect(usualDelayMs(group, 5, null)).toBe(SHARED_DELAY_MS);
    expect([0, 1].map((count) => usualDelayMs(group, count, null))).toEqual([LONE_DELAY_MS, LONE_DELAY_MS]);
  });
});

describe('delay of a group', () => {
  it('PO33: moves for all from one stamp on when its usual delay changes, one move after the other', () => {
    const delay = new GroupDelay(LONE_DELAY_MS);
    expect(delay.order).toEqual({ playoutDelayMs: LONE_DELAY_MS, delayMove: null });
    expect(run(delay, 0, 10_000, [], LONE_DELAY_MS)).toEqual([]);
    expect(delay.review(SHARED_DELAY_MS, [], 10_000.5)).toBe(true);
    const fromMs = 10_001 + ORDER_LEAD_MS;
    expect(delay.order).toEqual({ playoutDelayMs: SHARED_DELAY_MS, delayMove: { previousMs: LONE_DELAY_MS, fromMs } });
    const endsMs = fromMs + moveTimeMs(SHARED_DELAY_MS - LONE_DELAY_MS);
    expect(delay.review(500, [], endsMs - 1)).toBe(false);
    expect(delay.review(500, [], endsMs)).toBe(true);
    expect(delay.order).toMatchObject({ playoutDelayMs: 500, delayMove: { previousMs: SHARED_DELAY_MS } });
  });

  it('PO34: is raised when it has been too short for a receiver for a while, to what that needs', () => {
    const delay = new GroupDelay(SHARED_DELAY_MS);
    expect(run(delay, 0, RAISE_AFTER_MS, [120, 240])).toEqual([]);
    expect(run(delay, RAISE_AFTER_MS, RAISE_AFTER_MS + 2_000, [120, 240])).toHaveLength(1);
    expect(delay.order.playoutDelayMs).toBe(260);
    expect(run(delay, 100_000, 600_000, [120, 240])).toEqual([]);
  });

  it('PO34: is not raised by what passes, nor for one that needs more than anybody is to wait for', () => {
    const delay = new GroupDelay(SHARED_DELAY_MS);
    for (let now = 0; now < 100_000; now += 6_000) {
      expect(run(delay, now, now + 4_000, [230])).toEqual([]);
      expect(run(delay, now + 4_000, now + 6_000, [180])).toEqual([]);
    }
    expect(run(delay, 200_000, 300_000, [SHARED_DELAY_MS + MAX_RAISE_MS])).toEqual([]);
    expect(run(delay, 300_000, 310_000, [SHARED_DELAY_MS + MAX_RAISE_MS, 210])).toHaveLength(1);
    expect(delay.order.playoutDelayMs).toBe(230);
  });

  it('PO34: goes back when nobody has needed it for long', () => {
    const delay = new GroupDelay(SHARED_DELAY_MS);
    run(delay, 0, 8_000, [300]);
    expect(delay.order.playoutDelayMs).toBe(320);
    expect(run(delay, 100_000, 100_000 + LOWER_AFTER_MS, [290])).toEqual([]);
    const [loweredMs] = run(delay, 1_000_000, 3_000_000, [230]);
    expect(loweredMs).toBe(1_000_000 + LOWER_AFTER_MS);
    expect(delay.order.playoutDelayMs).toBe(250);
    run(delay, 4_000_000, 6_000_000, []);
    expect(delay.order.playoutDelayMs).toBe(SHARED_DELAY_MS);
  });

  it('PO81: is raised to what is usual now, also when that has changed while no door was there', () => {
    const restored = { playoutDelayMs: 200, delayMove: { previousMs: 60, fromMs: 1_000 } };
    const delay = new GroupDelay(300);
    expect(delay.merge(restored, 1_000_000)).toBe(true);
    expect(run(delay, 1_000_000, 2_000_000, [], 300)).toEqual([1_000_000 + RAISE_AFTER_MS]);
    expect(delay.order).toMatchObject({ playoutDelayMs: 300, delayMove: { previousMs: 200 } });
    expect(wantedDelayMs(300, 200, [])).toBe(300);
    expect(wantedDelayMs(300, 200, [350])).toBe(370);
  });

  it('PO83: one that is a part of another group now goes where that is, when its own move has ended', () => {
    const delay = new GroupDelay(SHARED_DELAY_MS);
    expect(delay.review(300, [], 10_000)).toBe(true);
    const endsMs = 10_000 + ORDER_LEAD_MS + moveTimeMs(300 - SHARED_DELAY_MS);
    expect(delay.isMoving(endsMs - 1)).toBe(true);
    expect([delay.join(250, endsMs - 1), delay.join(250, endsMs), delay.join(250, endsMs + 1)]).toEqual([
      false,
      true,
      false,
    ]);
    expect(delay.order).toEqual({
      playoutDelayMs: 250,
      delayMove: { previousMs: 300, fromMs: endsMs + ORDER_LEAD_MS },
    });
    const thereMs = endsMs + ORDER_LEAD_MS + moveTimeMs(50);
    expect([delay.join(250, thereMs), delay.isMoving(thereMs)]).toEqual([false, false]);
  });

  it('PO35: of two orders, the one that holds from the later stamp is followed, on every node alike', () => {
    const one = { playoutDelayMs: 300, delayMove: { previousMs: 200, fromMs: 5_000 } };
    const other = { playoutDelayMs: 250, delayMove: { previousMs: 200, fromMs: 5_001 } };
    const here = new GroupDelay(SHARED_DELAY_MS);
    const there = new GroupDelay(SHARED_DELAY_MS);
    expect([here.merge(one, 4_000), here.merge(other, 4_000)]).toEqual([true, true]);
    expect([there.merge(other, 4_000), there.merge(one, 4_000)]).toEqual([true, false]);
    expect(here.order).toEqual(there.order);
    expect(here.merge(other, 4_000)).toBe(false);
  });

  it('PO35: an order from the future, of a clock that is wrong, is not taken over', () => {
    const delay = new GroupDelay(SHARED_DELAY_MS);
    const order = (fromMs: number) => ({ playoutDelayMs: 300, delayMove: { previousMs: 200, fromMs } });
    expect(delay.merge(order(5_001 + MAX_ORDER_AHEAD_MS), 5_000)).toBe(false);
    expect(delay.merge(order(5_000 + MAX_ORDER_AHEAD_MS), 5_000)).toBe(true);
  });

  it('PO35: an order that a node gave while its clock was ahead is replaced, and gives way to one of another node', () => {
    const days = 30 * 86_400_000;
    const giveAhead = () => {
      const delay = new GroupDelay(LONE_DELAY_MS);
      expect(delay.review(SHARED_DELAY_MS, [], days)).toBe(true);
      return delay;
    };
    const here = giveAhead();
    expect(here.review(SHARED_DELAY_MS, [], 5_000)).toBe(true);
    const delayMove = { previousMs: LONE_DELAY_MS, fromMs: 5_000 + ORDER_LEAD_MS };
    expect(here.order).toEqual({ playoutDelayMs: SHARED_DELAY_MS, delayMove });
    expect(run(here, 6_000, 60_000, [])).toEqual([]);
    const there = giveAhead();
    expect(there.merge(here.order, 5_000)).toBe(true);
    expect(there.order).toEqual(here.order);
  });
});
