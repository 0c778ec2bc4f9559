import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import type { ZoneId } from '@loa/shared/ids';
import { MAX_ORDER_AHEAD_MS, ORDER_LEAD_MS, RAISE_AFTER_MS } from '@loa/shared/playout/group-delay';
import { LONE_DELAY_MS, SHARED_DELAY_MS } from '@loa/shared/protocol/limits';
import type { ZoneDelay } from '@loa/shared/protocol/playout-delay';
import type { ReceiverView } from '@loa/shared/protocol/receivers';
import { receiver, STREET, treeWith, WARD } from '../../../test/support/delay-tree.ts';
import { reportOf } from '../../../test/support/receiver-report.ts';
import { createDelayKeeper, type DelayKeeper } from './delay-keeper.ts';

const closing: DelayKeeper[] = [];
afterEach(() => {
  for (const keeper of closing.splice(0)) keeper.close();
});

const needing = (neededDelayMs: number) => ({ report: { ...reportOf([]), neededDelayMs } });

function setUp(receivers: ReceiverView[], everywhereMs: number | null = null) {
  const world = { tree: treeWith(), receivers, now: 1_000_000, looks: 0 };
  const given: [order: ZoneDelay, isOwn: boolean][] = [];
  const stored: ZoneDelay[] = [];
  const database = { up: true };
  const keeper = createDelayKeeper({
    picture: world,
    everywhereMs,
    store: {
      save: (order) =>
        database.up ? Promise.resolve(void stored.push(order)) : Promise.reject(new Error('the database is away')),
    },
    now: () => world.now,
    onOrder: (order, isOwn) => void given.push([order, isOwn]),
    lookAtTree: () => void (world.looks += 1),
    log: pino({ level: 'silent' }),
  });
  closing.push(keeper);
  const wait = (ms: number) => {
    for (const untilMs = world.now + ms; world.now < untilMs; world.now += 2_000) keeper.review();
  };
  return { keeper, world, given, stored, database, wait };
}

describe('playout delays of a network', () => {
  it('PO33: a lone loudspeaker has the short one, whoever listens in a browser; the second one in its ward moves both', () => {
    const { keeper, world, given, wait } = setUp([
      receiver('one', 'street'),
      receiver('page', 'lane', { kind: 'browser' }),
    ]);
    expect(keeper.orderFor(STREET)).toEqual({ playoutDelayMs: LONE_DELAY_MS, delayMove: null });
    wait(10_000);
    expect(given).toEqual([]);
    world.receivers.push(receiver('two', 'lane'));
    wait(10_000);
    const delayMove = { previousMs: LONE_DELAY_MS, fromMs: 1_010_000 + ORDER_LEAD_MS };
    expect(given).toEqual([[{ zoneId: WARD, playoutDelayMs: SHARED_DELAY_MS, delayMove }, true]]);
    expect(keeper.orderFor('lane' as ZoneId)).toEqual({ playoutDelayMs: SHARED_DELAY_MS, delayMove });
    expect([keeper.concerns(WARD, STREET), keeper.concerns(WARD, 'city' as ZoneId)]).toEqual([true, false]);
  });

  it('PO72: says what holds for each ward, ordered or not, and for each zone with a delay of its own; asking orders nothing', () => {
    const loudspeakers = [receiver('one', 'street'), receiver('two', 'lane'), receiver('three', 'lane')];
    const { keeper, world, given, wait } = setUp(loudspeakers);
    const usual = { zoneId: WARD, playoutDelayMs: SHARED_DELAY_MS, delayMove: null };
    expect(keeper.holding).toEqual([usual]);
    world.tree = treeWith({ street: 400 });
    keeper.followTree();
    wait(2_000);
    expect(given).toEqual([]);
    expect(keeper.holding).toEqual([usual, { zoneId: STREET, playoutDelayMs: 400, delayMove: null }]);
    keeper.orderFor(STREET);
    world.tree = treeWith({ street: 500 });
    keeper.followTree();
    expect(keeper.holding).toContainEqual(given[0]?.[0]);
    expect(keeper.holding).toContainEqual(usual);
    // The ward is no group of its own any more.
    world.tree = treeWith({ city: 300 });
    keeper.followTree();
    // One move ends before the next one is ordered.
    wait(120_000);
    expect(keeper.holding.map(({ zoneId, playoutDelayMs }) => [zoneId, playoutDelayMs])).toEqual([['city', 300]]);
  });

  it('PO33: one that is switched off is still a neighbour, and moves nobody', () => {
    const { keeper, world, given, wait } = setUp([receiver('one', 'street'), receiver('two', 'lane')]);
    expect(keeper.orderFor(STREET).playoutDelayMs).toBe(SHARED_DELAY_MS);
    world.receivers[1] = receiver('two', 'lane', { online: false });
    wait(100_000);
    expect(given).toEqual([]);
  });

  it('PO33: the setting holds for all, and a delay that is set for a zone before it', () => {
    const { keeper, world } = setUp([receiver('one', 'street')], 500);
    expect(keeper.orderFor(STREET).playoutDelayMs).toBe(500);
    world.tree = treeWith({ ward: 90 });
    keeper.followTree();
    expect(keeper.orderFor(STREET)).toMatchObject({ playoutDelayMs: 90, delayMove: { previousMs: 500 } });
  });

  it('PO34: is raised for all when a receiver needs more for a while; what is heard of one that is away does not count', () => {
    const { keeper, world, given, wait } = setUp([receiver('one', 'street'), receiver('two', 'lane')]);
    keeper.orderFor(STREET);
    world.receivers[1] = receiver('two', 'lane', { online: false, ...needing(280) });
    wait(60_000);
    expect(given).toEqual([]);
    world.receivers[1] = receiver('two', 'lane', needing(230));
    wait(RAISE_AFTER_MS + 2_000);
    expect(given).toMatchObject([[{ zoneId: WARD, playoutDelayMs: 250 }, true]]);
  });

  it('PO33: a part of a group that gets a delay of its own moves from where it was, and back when that is taken back', () => {
    const { keeper, world, given, wait } = setUp([receiver('one', 'street'), receiver('two', 'lane')]);
    expect(keeper.orderFor(STREET).playoutDelayMs).toBe(SHARED_DELAY_MS);
    keeper.orderFor('lane' as ZoneId);
    world.tree = treeWith({ street: 100 });
    keeper.followTree();
    expect(given.splice(0)).toMatchObject([
      [{ zoneId: WARD, playoutDelayMs: LONE_DELAY_MS }, true],
      [{ zoneId: STREET, playoutDelayMs: 100, delayMove: { previousMs: SHARED_DELAY_MS } }, true],
    ]);
    expect(keeper.concerns(WARD, STREET)).toBe(false);
    wait(200_000);
    world.tree = treeWith();
    keeper.followTree();
    const back = given.find(([{ zoneId }]) => zoneId === STREET);
    expect(back).toMatchObject([{ playoutDelayMs: SHARED_DELAY_MS, delayMove: { previousMs: 100 } }, true]);
  });

  it('PO35: what another node or a door before this one has ordered is followed and told on, but not given again', async () => {
    const { keeper, given, stored, wait } = setUp([receiver('one', 'street'), receiver('two', 'lane')]);
    const order = { zoneId: WARD, playoutDelayMs: 260, delayMove: { previousMs: 200, fromMs: 900_000 } };
    keeper.merge([order]);
    keeper.merge([order]);
    expect(given).toEqual([[order, false]]);
    expect(keeper.orders).toEqual([order]);
    expect(keeper.orderFor(STREET)).toEqual({ playoutDelayMs: 260, delayMove: order.delayMove });
    wait(10_000);
    await Promise.resolve();
    expect([given.length, stored]).toEqual([1, []]);
  });

  it('PO35: an order from the future is neither followed nor told on, and pins nothing', () => {
    const { keeper, world, given, wait } = setUp([receiver('one', 'street')]);
    const fromMs = world.now + MAX_ORDER_AHEAD_MS + 1;
    keeper.merge([{ zoneId: WARD, playoutDelayMs: 260, delayMove: { previousMs: LONE_DELAY_MS, fromMs } }]);
    expect([given, keeper.orders]).toEqual([[], []]);
    world.receivers.push(receiver('two', 'lane'));
    wait(4_000);
    expect(given).toMatchObject([[{ zoneId: WARD, playoutDelayMs: SHARED_DELAY_MS }, true]]);
  });

  it('PO35: an order that could not be stored is stored when the database is back', async () => {
    const { keeper, world, database, stored, wait } = setUp([receiver('one', 'street')]);
    keeper.orderFor(STREET);
    database.up = false;
    world.receivers.push(receiver('two', 'lane'));
    wait(4_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(stored).toEqual([]);
    database.up = true;
    wait(4_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(stored.at(-1)).toMatchObject({ zoneId: WARD, playoutDelayMs: SHARED_DELAY_MS });
  });
});
