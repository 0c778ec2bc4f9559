import type { Logger } from 'pino';
import type { ZoneId } from '@loa/shared/ids';
import {
  type DelayGroup,
  delayGroupOf,
  GroupDelay,
  isMoving,
  type DelayOrder,
  usualDelayMs,
} from '@loa/shared/playout/group-delay';
import type { ZoneDelay } from '@loa/shared/protocol/playout-delay';
import { isLoudspeaker } from '@loa/shared/protocol/receivers';
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

/** PO33 to PO35, PO80, PO83: which playout delay holds where. */
export interface DelayKeeper {
  /** What holds for a receiver that stands in this zone. */
  orderFor(zone: ZoneId): DelayOrder;
  /** Whether a receiver that stands in `inner` is meant by an order to the receivers under `outer`. */
  concerns(outer: ZoneId, inner: ZoneId): boolean;
  /** Another tree: who belongs to another group now moves to its delay. */
  followTree(): void;
  /** Takes over what other nodes have ordered. */
  merge(orders: readonly ZoneDelay[]): void;
  /** Takes over what was ordered before this door was started. */
  restore(orders: readonly ZoneDelay[]): void;
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
  /** What another node has ordered does not fit the tree of this one: there may be a newer one. */
  lookAtTree(): void;
  readonly log: Logger;
}

export function createDelayKeeper(options: DelayKeeperOptions): DelayKeeper {
  const { picture, everywhereMs, store, log } = options;
  /**
   * Of groups; of zones that were groups and have not yet come to where their group is (PO83); and of zones that are groups for other nodes, which may
   * know a newer tree (PO80).
   */
  const delays = new Map<ZoneId, GroupDelay>();
  /** PO83: zones that were groups until the tree has changed. */
  const leaving = new Set<ZoneId>();
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
    for (const receiver of picture.receivers) {
      if (!isLoudspeaker(receiver)) continue;
      const { zoneId, online, report } = receiver;
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

  /** The zone by whose order the receivers in `zone` go: that of their group, but where a zone in between has a delay apart from it. */
  const heldBy = (at: ZoneTree, zone: ZoneId, group: ZoneId): ZoneId => {
    const path = at.pathTo(zone);
    return path.slice(path.indexOf(group)).findLast((id) => delays.has(id)) ?? group;
  };
  const holderOf = (zone: ZoneId): ZoneId => heldBy(picture.tree, zone, groupOf(zone).zoneId);
  const orderFor = (zone: ZoneId) => (delays.get(holderOf(zone)) ?? delayOf(groupOf(zone))).order;
  const isGroup = (zone: ZoneId) => groupOf(zone).zoneId === zone;

  /** A new group goes on with the delay that its receivers have had so far. */
  const begin = (group: DelayGroup, formerHolder: ZoneId) => {
    const former = delays.get(formerHolder);
    if (!former || delays.has(group.zoneId)) return;
    const delay = new GroupDelay(former.order.playoutDelayMs);
    delays.set(group.zoneId, delay);
    // What was stored of it when it was a group before must not come back.
    if (delay.merge(former.order, options.now())) unsaved.set(group.zoneId, { zoneId: group.zoneId, ...delay.order });
  };

  /** Takes over an order that was not given here, also for a zone that is no group here (PO80); returns whether it holds now. */
  const take = ({ zoneId, ...order }: ZoneDelay): boolean => {
    const now = options.now();
    const { playoutDelayMs } = orderFor(zoneId);
    const known = delays.get(zoneId);
    // PO83: of a zone that is no group here, and has come to where its group is, nothing has to be known.
    if (!known && !isMoving(order, now) && order.playoutDelayMs === playoutDelayMs) return false;
    const delay = known ?? new GroupDelay(playoutDelayMs);
    if (!delay.merge(order, now)) return false;
    delays.set(zoneId, delay);
    // It is stored where it was given.
    unsaved.delete(zoneId);
    options.onOrder({ zoneId, ...order }, false);
    return true;
  };

  const drop = (zone: ZoneId) => {
    delays.delete(zone);
    leaving.delete(zone);
  };

  /** PO83: whether a zone that is no group has come to where its group is, so that nothing is apart there any more. */
  const hasJoined = (delay: GroupDelay, group: GroupDelay, now: number) =>
    delay.order.playoutDelayMs === group.order.playoutDelayMs && !delay.isMoving(now) && !group.isMoving(now);

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

  const give = (zoneId: ZoneId, delay: GroupDelay) => {
    const order = { zoneId, ...delay.order };
    log.info(order, 'playout delay ordered');
    unsaved.set(zoneId, order);
    options.onOrder(order, true);
  };

  const review = () => {
    facts = null;
    const now = options.now();
    const apart = [...delays].filter(([zoneId]) => !isGroup(zoneId));
    for (const [zoneId, delay] of delays)
      if (isGroup(zoneId) && delay.review(usualOf(groupOf(zoneId)), factsOf(zoneId).needsMs, now)) give(zoneId, delay);
    for (const [zoneId, delay] of apart) {
      const group = delayOf(groupOf(zoneId));
      if (hasJoined(delay, group, now)) drop(zoneId);
      else if (leaving.has(zoneId) && delay.join(group.order.playoutDelayMs, now)) give(zoneId, delay);
    }
    if (unsaved.size > 0 && !saving) void save();
  };
  const timer = setInterval(review, REVIEW_MS);
  timer.unref();

  return {
    orderFor,
    concerns: (outer, inner) => holderOf(inner) === outer,
    followTree() {
      const former = tree;
      const holders = [...groups].map(([zone, { zoneId }]) => [zone, former && heldBy(former, zone, zoneId)] as const);
      for (const [zone, holder] of holders) if (holder && picture.tree.has(zone)) begin(groupOf(zone), holder);
      for (const zoneId of [...delays.keys()]) {
        if (!picture.tree.has(zoneId)) drop(zoneId);
        else if (isGroup(zoneId)) leaving.delete(zoneId);
        else leaving.add(zoneId);
      }
      review();
    },
    merge(orders) {
      let isOdd = false;
      for (const order of orders) {
        const { zoneId, playoutDelayMs } = order;
        const isHere = picture.tree.has(zoneId);
        if (isHere && !take(order)) continue;
        isOdd ||= !isHere || !isGroup(zoneId) || playoutDelayMs < usualOf(groupOf(zoneId));
      }
      if (isOdd) options.lookAtTree();
    },
    restore(orders) {
      const now = options.now();
      for (const order of orders) {
        const { zoneId } = order;
        if (!picture.tree.has(zoneId) || (!isGroup(zoneId) && !isMoving(order, now))) continue;
        if (take(order) && !isGroup(zoneId)) leaving.add(zoneId);
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
