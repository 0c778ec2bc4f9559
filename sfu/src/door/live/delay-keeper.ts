import type { Logger } from 'pino';
import type { ZoneId } from '@loa/shared/ids';
import {
  type DelayGroup,
  delayGroupOf,
  GroupDelay,
  type DelayOrder,
  ORDER_LEAD_MS,
  usualDelayMs,
} from '@loa/shared/playout/group-delay';
import type { ZoneDelay } from '@loa/shared/protocol/playout-delay';
import type { ZoneTree } from '@loa/shared/zones/zone-tree';
import type { DelayRepository } from '../repositories/delay-repository.ts';
import type { LivePicture } from './live-picture.ts';

/** How often delays are judged, in ms: as often as receivers report. */
const REVIEW_MS = 2_000;

/** What is known of the receivers of one group. */
interface Facts {
  loudspeakers: number;
  readonly needsMs: number[];
}
const NOBODY: Facts = { loudspeakers: 0, needsMs: [] };

/** PO33 to PO35: which playout delay holds where. */
export interface DelayKeeper {
  /** What holds for a receiver that stands in this zone. */
  orderFor(zone: ZoneId): DelayOrder;
  /** Whether a receiver that stands in `inner` is meant by an order to the receivers under `outer`. */
  concerns(outer: ZoneId, inner: ZoneId): boolean;
  /** Another tree: who belongs to another group now moves to its delay. */
  followTree(): void;
  /** Takes over what other nodes, or this one before it was started again, have ordered. */
  merge(orders: readonly ZoneDelay[]): void;
  /** All that was ordered. */
  readonly orders: ZoneDelay[];
  /** PO72: what holds for each ward and each other group, whether it was ordered or not. */
  readonly holding: ZoneDelay[];
  /** Judges now. */
  review(): void;
  close(): void;
}

export interface DelayKeeperOptions {
  readonly picture: Pick<LivePicture, 'tree' | 'receivers'>;
  /** Of the settings: for all zones that have none of their own; null: by their size. */
  readonly everywhereMs: number | null;
  readonly store: Pick<DelayRepository, 'save'>;
  now(): number;
  /** There is another order; `isOwn`: it was given here. */
  onOrder(order: ZoneDelay, isOwn: boolean): void;
  readonly log: Logger;
}

export function createDelayKeeper(options: DelayKeeperOptions): DelayKeeper {
  const { picture, everywhereMs, store, log } = options;
  const delays = new Map<ZoneId, GroupDelay>();
  const unsaved = new Map<ZoneId, ZoneDelay>();
  let tree: ZoneTree | null = null;
  let groups = new Map<ZoneId, DelayGroup>();
  let facts: ReadonlyMap<ZoneId, Facts> | null = null;
  let saving = false;

  const groupOf = (zone: ZoneId): DelayGroup => {
    if (tree !== picture.tree) {
      tree = picture.tree;
      groups = new Map();
      facts = null;
    }
    const known = groups.get(zone);
    if (known) return known;
    const group = delayGroupOf(tree, zone);
    groups.set(zone, group);
    return group;
  };

  const look = (): ReadonlyMap<ZoneId, Facts> => {
    const found = new Map<ZoneId, Facts>();
    for (const { kind, zoneId, online, report } of picture.receivers) {
      // A page or a load test that comes and goes moves nobody.
      if (kind !== 'loudspeaker' && kind !== 'bridge') continue;
      const group = groupOf(zoneId).zoneId;
      const known = found.get(group) ?? { loudspeakers: 0, needsMs: [] };
      found.set(group, known);
      known.loudspeakers += 1;
      if (online && typeof report?.neededDelayMs === 'number') known.needsMs.push(report.neededDelayMs);
    }
    return found;
  };
  const factsOf = (group: ZoneId): Facts => {
    facts ??= look();
    return facts.get(group) ?? NOBODY;
  };
  const usualOf = (group: DelayGroup) => usualDelayMs(group, factsOf(group.zoneId).loudspeakers, everywhereMs);

  const delayOf = (group: DelayGroup): GroupDelay => {
    const known = delays.get(group.zoneId);
    if (known) return known;
    const delay = new GroupDelay(usualOf(group));
    delays.set(group.zoneId, delay);
    return delay;
  };

  /** A new group goes on with the delay that its receivers have had so far. */
  const begin = (group: DelayGroup, formerGroup: ZoneId | undefined) => {
    const former = formerGroup === undefined ? undefined : delays.get(formerGroup);
    if (!former || delays.has(group.zoneId)) return;
    const delay = new GroupDelay(former.order.playoutDelayMs);
    delay.merge(former.order, options.now());
    delays.set(group.zoneId, delay);
  };

  /** What was a group is a part of another one now: its receivers move to where that is. */
  const join = (zoneId: ZoneId, delay: GroupDelay) => {
    delays.delete(zoneId);
    const { playoutDelayMs } = delayOf(groupOf(zoneId)).order;
    const previousMs = delay.order.playoutDelayMs;
    if (playoutDelayMs === previousMs) return;
    const fromMs = Math.ceil(options.now()) + ORDER_LEAD_MS;
    options.onOrder({ zoneId, playoutDelayMs, delayMove: { previousMs, fromMs } }, false);
  };

  const save = async () => {
    saving = true;
    try {
      for (const [zone, order] of unsaved) {
        await store.save(order, options.now());
        if (unsaved.get(zone) === order) unsaved.delete(zone);
      }
    } catch (error) {
      log.warn({ err: error }, 'an order of a playout delay is not stored yet');
    } finally {
      saving = false;
    }
  };

  const review = () => {
    facts = null;
    const now = options.now();
    for (const [zoneId, delay] of delays) {
      const group = groupOf(zoneId);
      if (!delay.review(usualOf(group), factsOf(zoneId).needsMs, now)) continue;
      const order = { zoneId, ...delay.order };
      log.info(order, 'playout delay ordered');
      unsaved.set(zoneId, order);
      options.onOrder(order, true);
    }
    if (unsaved.size > 0 && !saving) void save();
  };
  const timer = setInterval(review, REVIEW_MS);
  timer.unref();

  return {
    orderFor: (zone) => delayOf(groupOf(zone)).order,
    concerns: (outer, inner) => picture.tree.covers(outer, inner) && groupOf(inner).zoneId === groupOf(outer).zoneId,
    followTree() {
      const before = [...delays];
      const formerly = new Map([...groups].map(([zone, group]) => [zone, group.zoneId]));
      for (const zone of formerly.keys()) if (picture.tree.has(zone)) begin(groupOf(zone), formerly.get(zone));
      for (const [zoneId, delay] of before) {
        if (!picture.tree.has(zoneId)) delays.delete(zoneId);
        else if (groupOf(zoneId).zoneId !== zoneId) join(zoneId, delay);
      }
      review();
    },
    merge(orders) {
      for (const { zoneId, ...order } of orders) {
        const group = groupOf(zoneId);
        if (group.zoneId !== zoneId || !delayOf(group).merge(order, options.now())) continue;
        // It is stored where it was given.
        unsaved.delete(zoneId);
        options.onOrder({ zoneId, ...order }, false);
      }
    },
    get orders() {
      return [...delays].flatMap(([zoneId, { order }]) => (order.delayMove === null ? [] : [{ zoneId, ...order }]));
    },
    get holding() {
      const zones = picture.tree.zones.filter(({ kind, playoutDelayMs }) => kind === 'ward' || playoutDelayMs != null);
      const found = new Map(
        [...delays.keys(), ...zones.map(({ id }) => id)].map((id) => [groupOf(id).zoneId, groupOf(id)]),
      );
      return [...found.values()].map((group) => ({
        zoneId: group.zoneId,
        ...(delays.get(group.zoneId)?.order ?? { playoutDelayMs: usualOf(group), delayMove: null }),
      }));
    },
    review,
    close: () => clearInterval(timer),
  };
}
