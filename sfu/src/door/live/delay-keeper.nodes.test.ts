import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import type { ZoneId } from '@loa/shared/ids';
import { delayOfStamp } from '@loa/shared/playout/delay-order';
import { ORDER_LEAD_MS, RAISE_AFTER_MS } from '@loa/shared/playout/group-delay';
import { SHARED_DELAY_MS } from '@loa/shared/protocol/limits';
import type { ZoneDelay } from '@loa/shared/protocol/playout-delay';
import { receiver, STREET, treeWith, WARD } from '../../../test/support/delay-tree.ts';
import { createDelayKeeper, type DelayKeeper } from './delay-keeper.ts';

const LANE = 'lane' as ZoneId;
const LOUDSPEAKERS = [receiver('one', 'street'), receiver('two', 'lane'), receiver('three', 'lane')];
const REVIEW_MS = 2_000;
/** How long a node does not look at its zones, in ms. */
const BLIND_MS = 28_000;
const closing: DelayKeeper[] = [];
afterEach(() => {
  for (const keeper of closing.splice(0)) keeper.close();
});

/** Nodes on one clock that tell each other their orders. Each has its own tree and sees no newer one but by `follow`. */
function createNetwork(...settings: readonly (number | null)[]) {
  const time = { now: 1_000_000 };
  const stored = new Map<ZoneId, ZoneDelay>();
  const nodes: ReturnType<typeof start>[] = [];

  function start(everywhereMs: number | null, tree = treeWith()) {
    const world = { tree, receivers: LOUDSPEAKERS };
    const told: [order: ZoneDelay, zones: readonly ZoneId[]][] = [];
    const given: ZoneDelay[] = [];
    const counts = { looks: 0 };
    const keeper = createDelayKeeper({
      picture: world,
      everywhereMs,
      store: { save: (order) => Promise.resolve(void stored.set(order.zoneId, order)) },
      now: () => time.now,
      onOrder(order, isOwn) {
        told.push([order, [STREET, LANE].filter((zone) => keeper.concerns(order.zoneId, zone))]);
        if (!isOwn) return;
        given.push(order);
        for (const peer of nodes) if (peer.keeper !== keeper) peer.keeper.merge([order]);
      },
      lookAtTree: () => void (counts.looks += 1),
      log: pino({ level: 'silent' }),
    });
    closing.push(keeper);
    for (const zone of [STREET, LANE]) keeper.orderFor(zone);
    const follow = (next: typeof tree) => {
      world.tree = next;
      keeper.followTree();
    };
    /** Where its receivers in a zone are now, in ms. */
    const delayAt = (zone: ZoneId) => delayOfStamp(keeper.orderFor(zone), time.now);
    return { keeper, told, given, counts, follow, delayAt };
  }

  for (const everywhereMs of settings) nodes.push(start(everywhereMs));
  /** Lets time pass; the largest difference between nodes in one zone, and the largest change within 100 ms, in ms of delay. */
  const wait = async (ms: number) => {
    const seen = { apart: 0, change: 0 };
    for (const untilMs = time.now + ms; time.now < untilMs;) {
      const before = nodes.map(({ delayAt }) => [STREET, LANE].map(delayAt));
      if (time.now % REVIEW_MS === 0) {
        for (const { keeper } of nodes) keeper.review();
        await new Promise((resolve) => setImmediate(resolve));
      }
      time.now += 100;
      const after = nodes.map(({ delayAt }) => [STREET, LANE].map(delayAt));
      const changes = after.flatMap((zones, node) =>
        zones.map((at, zone) => Math.abs(at - (before[node]?.[zone] ?? 0))),
      );
      const apart = [0, 1].map(
        (zone) => Math.max(...after.map((of) => of[zone] ?? 0)) - Math.min(...after.map((of) => of[zone] ?? 0)),
      );
      seen.apart = Math.max(seen.apart, ...apart);
      seen.change = Math.max(seen.change, ...changes);
    }
    return seen;
  };
  return { time, stored, nodes, start, wait };
}

/** Moved as PO31 says, 2 ms for each second, and nobody apart from anybody in the same zone. */
const IN_STEP = { apart: 0, change: expect.closeTo(0.2, 6) as number };
const STILL = { apart: 0, change: 0 };

describe('playout delays of several nodes', () => {
  it('PO80: a zone that gets a delay of its own is moved by one order on all nodes, though one sees it half a minute later', async () => {
    const { nodes, wait } = createNetwork(null, null);
    const [here, there] = nodes as [(typeof nodes)[0], (typeof nodes)[0]];
    here.follow(treeWith({ street: 300 }));
    const order = here.given[0];
    expect(order).toMatchObject({ zoneId: STREET, playoutDelayMs: 300, delayMove: { previousMs: SHARED_DELAY_MS } });
    expect(there.told).toEqual([[order, [STREET]]]);
    expect(there.counts.looks).toBe(1);
    expect(await wait(BLIND_MS)).toEqual(IN_STEP);
    there.follow(treeWith({ street: 300 }));
    expect(await wait(600_000)).toEqual(IN_STEP);
    expect([here.given.length, there.given]).toEqual([1, []]);
    expect(there.delayAt(STREET)).toBe(300);
    expect(there.delayAt(LANE)).toBe(SHARED_DELAY_MS);
  });

  it('PO80: an order that is shorter than the usual delay, or for an unknown zone, has the zones looked at; an ordinary one does not', async () => {
    const { nodes, time } = createNetwork(null);
    const [node] = nodes as [(typeof nodes)[0]];
    const order = (zoneId: ZoneId, playoutDelayMs: number, laterMs: number): ZoneDelay => {
      const delayMove = { previousMs: SHARED_DELAY_MS, fromMs: time.now + laterMs };
      return { zoneId, playoutDelayMs, delayMove };
    };
    node.keeper.merge([order(WARD, 260, 1)]);
    expect(node.counts.looks).toBe(0);
    node.keeper.merge([order(WARD, 100, 2)]);
    node.keeper.merge([order('new' as ZoneId, 300, 3)]);
    expect(node.counts.looks).toBe(2);
    expect(node.keeper.orders.map(({ zoneId }) => zoneId)).toEqual([WARD]);
  });

  it('PO81: after a restart with a longer setting a group that had an order goes there, on all nodes', async () => {
    const { nodes, wait, time } = createNetwork(300, 300);
    const stored = { zoneId: WARD, playoutDelayMs: 200, delayMove: { previousMs: 60, fromMs: 1_000 } };
    for (const { keeper } of nodes) keeper.restore([stored]);
    const beganMs = time.now;
    await wait(RAISE_AFTER_MS + ORDER_LEAD_MS + 60_000);
    const given = nodes.flatMap(({ given: orders }) => orders);
    const fromMs = beganMs + RAISE_AFTER_MS + ORDER_LEAD_MS;
    expect(given).toMatchObject([{ playoutDelayMs: 300, delayMove: { previousMs: 200, fromMs } }]);
    expect(nodes.map(({ delayAt }) => delayAt(LANE))).toEqual([300, 300]);
  });

  it('PO83: taken back, it goes to where the group is by one order on all nodes, and only then moves with it', async () => {
    const { nodes, wait, start, stored } = createNetwork(null, null);
    const [here, there] = nodes as [(typeof nodes)[0], (typeof nodes)[0]];
    for (const node of nodes) node.follow(treeWith({ street: 300 }));
    // In the middle of the move there: nobody jumps.
    expect(await wait(20_000)).toEqual(IN_STEP);
    here.follow(treeWith());
    expect(await wait(BLIND_MS)).toEqual(IN_STEP);
    there.follow(treeWith());
    expect(await wait(20_000)).toEqual(IN_STEP);
    const back = stored.get(STREET);
    expect(back).toMatchObject({ playoutDelayMs: SHARED_DELAY_MS, delayMove: { previousMs: 300 } });
    // Who registers now, also at a door that was started now, is told the move; the ward moves meanwhile without it.
    expect(nodes.map(({ keeper }) => keeper.orderFor(STREET).delayMove)).toEqual([back?.delayMove, back?.delayMove]);
    const third = start(null);
    third.keeper.restore([...stored.values()]);
    expect(third.delayAt(STREET)).toBe(here.delayAt(STREET));
    nodes.push(third);
    for (const node of nodes) node.follow(treeWith({ ward: 260 }));
    expect(await wait(120_000)).toEqual(IN_STEP);
    expect(nodes.map(({ delayAt }) => [delayAt(STREET), delayAt(LANE)])).toEqual([
      [260, 260],
      [260, 260],
      [260, 260],
    ]);
    expect(await wait(600_000)).toEqual(STILL);
    // From here on one order is for all.
    for (const node of nodes) node.follow(treeWith({ ward: 200 }));
    expect(here.told.at(-1)).toMatchObject([{ zoneId: WARD, playoutDelayMs: 200 }, [STREET, LANE]]);
  });

  it('PO83: a door that is started in the middle of it goes on with it; what a zone had long before is forgotten', async () => {
    const { nodes, wait, start, time } = createNetwork();
    const door = start(null);
    nodes.push(door);
    const before = (zoneId: ZoneId, fromMs: number): ZoneDelay => {
      return { zoneId, playoutDelayMs: 210, delayMove: { previousMs: 300, fromMs } };
    };
    door.keeper.restore([before(STREET, time.now - 1_000), before(LANE, 1_000)]);
    expect([door.delayAt(STREET), door.delayAt(LANE)]).toEqual([298, SHARED_DELAY_MS]);
    expect(await wait(100_000)).toEqual(IN_STEP);
    expect(door.given).toMatchObject([{ zoneId: STREET, playoutDelayMs: SHARED_DELAY_MS }]);
    expect(door.keeper.orders).toEqual([]);
  });

  it('PO83: what a zone had when it was a group before does not come back with a door that is started again', async () => {
    const { nodes, wait, stored, start } = createNetwork(null);
    const [node] = nodes as [(typeof nodes)[0]];
    node.follow(treeWith({ street: 300 }));
    await wait(100_000);
    node.follow(treeWith());
    await wait(100_000);
    node.follow(treeWith({ ward: 260 }));
    await wait(100_000);
    node.follow(treeWith({ ward: 260, street: 260 }));
    await wait(10_000);
    expect(stored.get(STREET)?.playoutDelayMs).toBe(260);
    const again = start(null, treeWith({ ward: 260, street: 260 }));
    again.keeper.restore([...stored.values()]);
    expect(again.delayAt(STREET)).toBe(260);
  });
});
