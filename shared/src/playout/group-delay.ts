import type { ZoneId } from '../ids.ts';
import { LONE_DELAY_MS, SHARED_DELAY_MS } from '../protocol/limits.ts';
import type { ZoneTree } from '../zones/zone-tree.ts';
import { MAX_PLAYOUT_DELAY_MS, moveTimeMs, type DelayMove, type OrderedDelay } from './delay-order.ts';

/** An order is given so long before the stamp from which it holds, in ms: by then everybody has it. */
export const ORDER_LEAD_MS = 3_000;
/** PO35: an order that begins later than in so long, in ms, was given by a clock that is wrong: hosts are not that far apart. */
export const MAX_ORDER_AHEAD_MS = ORDER_LEAD_MS + 10_000;
/** PO34: added to the delay that a receiver needs, in ms; and delays are whole multiples of this. */
const NEED_MARGIN_MS = 20;
const DELAY_STEP_MS = 10;
/** PO34: nobody is waited for who needs more than this beyond the usual delay, in ms: one bad link is not to delay a ward. */
export const MAX_RAISE_MS = 300;
/** PO34: a delay that is too short for so long is raised, in ms … */
export const RAISE_AFTER_MS = 6_000;
/** … and one that has been longer than needed by so much, for so long, in ms, goes back. */
const LOWER_GAP_MS = 40;
export const LOWER_AFTER_MS = 600_000;

/** Receivers that are kept in step, because somebody may hear two of them. */
export interface DelayGroup {
  /** The zone under which they all stand. */
  readonly zoneId: ZoneId;
  /** What an administrator has set there, in ms; null: nothing. */
  readonly setMs: number | null;
}

/**
 * PO33: the group of a receiver that stands in `zone`: the nearest zone above it, or its own, that has a delay of its own; else its ward; where there is
 * none, its own zone.
 */
export function delayGroupOf(tree: ZoneTree, zone: ZoneId): DelayGroup {
  const path = tree.pathTo(zone).map((id) => tree.zoneById(id));
  const set = path.findLast((found) => typeof found?.playoutDelayMs === 'number');
  if (set) return { zoneId: set.id, setMs: set.playoutDelayMs ?? null };
  return { zoneId: path.find((found) => found?.kind === 'ward')?.id ?? zone, setMs: null };
}

/**
 * PO33: the delay of a group, in ms, while nobody needs more. `everywhereMs`: of the settings, null: none; `loudspeakers`: those that are enrolled
 * in it, online or not, so that nobody who comes and goes moves the others.
 */
export function usualDelayMs(group: DelayGroup, loudspeakers: number, everywhereMs: number | null): number {
  return group.setMs ?? everywhereMs ?? (loudspeakers > 1 ? SHARED_DELAY_MS : LONE_DELAY_MS);
}

/** An order as it is kept: all that was said of the delay of a group. */
export interface DelayOrder extends OrderedDelay {
  readonly delayMove: DelayMove | null;
}

/** PO34: the delay of one group over time. Times are server times in ms. */
export class GroupDelay {
  #usualMs: number;
  #order: DelayOrder;
  #shortSinceMs: number | null = null;
  #longSinceMs: number | null = null;

  constructor(usualMs: number) {
    this.#usualMs = usualMs;
    this.#order = { playoutDelayMs: usualMs, delayMove: null };
  }

  get order(): DelayOrder {
    return this.#order;
  }

  /** Another node, or this one before it was started again, has given an order: the later one holds. Returns whether it is this one. */
  merge(order: DelayOrder, nowMs: number): boolean {
    if (isFromFuture(order, nowMs)) return false;
    const holds = isFromFuture(this.#order, nowMs) || compare(order, this.#order) > 0;
    if (holds) this.#order = order;
    return holds;
  }

  /** PO34: whether receivers still move by the order. */
  isMoving(nowMs: number): boolean {
    return isMoving(this.#order, nowMs);
  }

  /**
   * PO83: the group has become a part of another one, whose delay is `toMs`: its receivers move there. Returns whether there is another order; none is
   * given while they still move by the last one.
   */
  join(toMs: number, nowMs: number): boolean {
    if (isFromFuture(this.#order, nowMs)) return this.#replace(toMs, [], nowMs);
    this.#usualMs = toMs;
    return !this.isMoving(nowMs) && this.#move(toMs, nowMs);
  }

  /**
   * Judges anew; returns whether there is another order. `needsMs`: what receivers of the group say that they need now. One move ends before the
   * next one is ordered.
   */
  review(usualMs: number, needsMs: readonly number[], nowMs: number): boolean {
    if (isFromFuture(this.#order, nowMs)) return this.#replace(usualMs, needsMs, nowMs);
    if (this.isMoving(nowMs)) return false;
    const currentMs = this.#order.playoutDelayMs;
    const usualChanged = usualMs !== this.#usualMs;
    this.#usualMs = usualMs;
    if (usualChanged) return this.#move(Math.max(usualMs, enoughMs(usualMs, needsMs)), nowMs);
    const wantedMs = wantedDelayMs(usualMs, currentMs, needsMs);
    this.#shortSinceMs = wantedMs > currentMs ? (this.#shortSinceMs ?? nowMs) : null;
    this.#longSinceMs = wantedMs < currentMs ? (this.#longSinceMs ?? nowMs) : null;
    const isDue =
      (this.#shortSinceMs !== null && nowMs - this.#shortSinceMs >= RAISE_AFTER_MS) ||
      (this.#longSinceMs !== null && nowMs - this.#longSinceMs >= LOWER_AFTER_MS);
    return isDue && this.#move(wantedMs, nowMs);
  }

  #move(toMs: number, nowMs: number): boolean {
    this.#shortSinceMs = null;
    this.#longSinceMs = null;
    const previousMs = this.#order.playoutDelayMs;
    if (toMs === previousMs) return false;
    this.#give(previousMs, toMs, nowMs);
    return true;
  }

  /** The clock of this node was ahead when it gave the order: nobody moves by it yet, and whoever has it needs another one. */
  #replace(usualMs: number, needsMs: readonly number[], nowMs: number): true {
    const { playoutDelayMs, delayMove } = this.#order;
    this.#usualMs = usualMs;
    this.#give(delayMove?.previousMs ?? playoutDelayMs, wantedDelayMs(usualMs, playoutDelayMs, needsMs), nowMs);
    return true;
  }

  #give(previousMs: number, playoutDelayMs: number, nowMs: number): void {
    this.#order = { playoutDelayMs, delayMove: { previousMs, fromMs: Math.ceil(nowMs) + ORDER_LEAD_MS } };
  }
}

/**
 * PO34: how long the delay should be, in ms, by what receivers say that they need. PO81: one that is shorter than the usual one is never kept, however it
 * came about: what is usual may have changed while no door was there to see it.
 */
export function wantedDelayMs(usualMs: number, currentMs: number, needsMs: readonly number[]): number {
  const wantedMs = Math.max(usualMs, enoughMs(usualMs, needsMs));
  const isShort = helped(usualMs, needsMs).some((need) => need > currentMs);
  if (isShort || currentMs < usualMs) return Math.max(wantedMs, currentMs);
  const isLong = wantedMs + LOWER_GAP_MS <= currentMs || (wantedMs === usualMs && usualMs < currentMs);
  return isLong ? wantedMs : currentMs;
}

/** What is enough for all who can be helped, in ms; 0 when nobody says anything. */
function enoughMs(usualMs: number, needsMs: readonly number[]): number {
  const within = helped(usualMs, needsMs);
  if (within.length === 0) return 0;
  const steps = Math.ceil((Math.max(...within) + NEED_MARGIN_MS) / DELAY_STEP_MS);
  return Math.min(MAX_PLAYOUT_DELAY_MS, steps * DELAY_STEP_MS);
}

function helped(usualMs: number, needsMs: readonly number[]): readonly number[] {
  return needsMs.filter((need) => need + NEED_MARGIN_MS <= usualMs + MAX_RAISE_MS);
}

/** PO34: whether receivers still move by this order, or are going to; `nowMs`: server time. */
export function isMoving({ delayMove, playoutDelayMs }: DelayOrder, nowMs: number): boolean {
  return delayMove !== null && nowMs < delayMove.fromMs + moveTimeMs(playoutDelayMs - delayMove.previousMs);
}

function isFromFuture({ delayMove }: DelayOrder, nowMs: number): boolean {
  return delayMove !== null && delayMove.fromMs > nowMs + MAX_ORDER_AHEAD_MS;
}

function compare(one: DelayOrder, other: DelayOrder): number {
  const at = (order: DelayOrder): number => order.delayMove?.fromMs ?? 0;
  return at(one) - at(other) || one.playoutDelayMs - other.playoutDelayMs;
}
