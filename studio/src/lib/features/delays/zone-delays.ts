import type { ZoneId } from '@loa/shared/ids';
import { delayHeardAt, moveTimeMs } from '@loa/shared/playout/delay-order';
import { delayGroupOf, type DelayGroup, type DelayOrder, usualDelayMs } from '@loa/shared/playout/group-delay';
import type { DelaysAnswer } from '@loa/shared/protocol/playout-delay';
import { isLoudspeaker, type ReceiverView } from '@loa/shared/protocol/receivers';
import { compareZones, searchZones } from '@loa/shared/zones/search';
import type { Zone } from '@loa/shared/zones/zone';
import type { ZoneTree } from '@loa/shared/zones/zone-tree';
import { isOutOfStep, stepOf } from '../receivers/step.ts';

/** Where the usual delay of a zone comes from: set for it, for one above it, for all by the settings of the server, or by its size. */
export type DelayOrigin = 'here' | 'above' | 'settings' | 'shared' | 'lone';

/** PO72: what holds in one zone. */
export interface ZoneDelayRow {
  readonly zone: Zone;
  /** With whom its receivers are kept in step. */
  readonly group: DelayGroup;
  readonly order: DelayOrder;
  /** What it is while nobody needs more, ms. */
  readonly usualMs: number;
  readonly origin: DelayOrigin;
  /** Enrolled in the zone and moved with its group. */
  readonly loudspeakers: readonly ReceiverView[];
  /** Loudspeakers in zones below that are no part of its group. */
  readonly below: number;
  readonly inStep: number;
  readonly outOfStep: readonly ReceiverView[];
}

/** All that delays are judged by. */
export interface DelayFacts {
  readonly tree: ZoneTree;
  readonly receivers: Iterable<ReceiverView>;
  readonly answer: DelaysAnswer;
}

/** Loudspeakers by the zone of their group. */
export type Groups = ReadonlyMap<ZoneId, readonly ReceiverView[]>;

export function groupsOf(tree: ZoneTree, receivers: Iterable<ReceiverView>): Groups {
  const groups = new Map<ZoneId, ReceiverView[]>();
  for (const receiver of receivers) {
    if (!isLoudspeaker(receiver) || !tree.has(receiver.zoneId)) continue;
    const { zoneId } = delayGroupOf(tree, receiver.zoneId);
    const known = groups.get(zoneId);
    if (known) known.push(receiver);
    else groups.set(zoneId, [receiver]);
  }
  return groups;
}

export function rowOf(zone: Zone, groups: Groups, { tree, answer }: Omit<DelayFacts, 'receivers'>): ZoneDelayRow {
  const group = delayGroupOf(tree, zone.id);
  const together = groups.get(group.zoneId) ?? [];
  const usualMs = usualDelayMs(group, together.length, answer.everywhereMs);
  const held = answer.delays.find(({ zoneId }) => zoneId === group.zoneId);
  const loudspeakers = together.filter(({ zoneId }) => tree.covers(zone.id, zoneId));
  return {
    zone,
    group,
    order: held ?? { playoutDelayMs: usualMs, delayMove: null },
    usualMs,
    origin: originOf(zone, group, together.length, answer.everywhereMs),
    loudspeakers,
    below:
      [...groups.values()].flat().filter(({ zoneId }) => tree.covers(zone.id, zoneId)).length - loudspeakers.length,
    inStep: loudspeakers.filter((one) => stepOf(one)?.kind === 'in-step').length,
    outOfStep: loudspeakers.filter(isOutOfStep),
  };
}

function originOf(zone: Zone, group: DelayGroup, together: number, everywhereMs: number | null): DelayOrigin {
  if (group.setMs !== null) return group.zoneId === zone.id ? 'here' : 'above';
  if (everywhereMs !== null) return 'settings';
  return together > 1 ? 'shared' : 'lone';
}

/** Rows of a search that are drawn; whoever looks for one of more types more. */
const MAX_FOUND = 60;

/**
 * The city, its wards, and whatever else has a delay of its own, in reading order; or what a search finds, best fit first, whatever diacritics
 * are typed. `more`: so many are found that are not shown.
 */
export function zonesToShow(tree: ZoneTree, query: string): { readonly zones: readonly Zone[]; readonly more: number } {
  if (query.trim() !== '') {
    const found = searchZones(tree, query, Infinity);
    return { zones: found.slice(0, MAX_FOUND), more: Math.max(0, found.length - MAX_FOUND) };
  }
  const inOrder = (ids: readonly ZoneId[]) => ids.flatMap((id) => tree.zoneById(id) ?? []).sort(compareZones);
  const visit = (zone: Zone): Zone[] => [
    ...(zone.id === tree.root || zone.kind === 'ward' || zone.playoutDelayMs != null ? [zone] : []),
    ...inOrder(tree.childrenOf(zone.id)).flatMap(visit),
  ];
  return { zones: inOrder([tree.root]).flatMap(visit), more: 0 };
}

/** PO31: a delay on its way. */
export interface DelayProgress {
  readonly fromMs: number;
  readonly toMs: number;
  readonly currentMs: number;
  /** 0 to 1. */
  readonly share: number;
  readonly leftMs: number;
}

/** PO72: where a delay is that moves at server time `nowMs`, or that will; null when it is there. */
export function progressOf({ playoutDelayMs, delayMove }: DelayOrder, nowMs: number): DelayProgress | null {
  if (delayMove === null || delayMove.previousMs === playoutDelayMs) return null;
  const { previousMs, fromMs } = delayMove;
  // The last sample of the move is heard with the new delay.
  const leftMs = fromMs + moveTimeMs(playoutDelayMs - previousMs) + playoutDelayMs - nowMs;
  if (leftMs <= 0) return null;
  const currentMs = delayHeardAt({ playoutDelayMs, delayMove }, nowMs);
  const share = (currentMs - previousMs) / (playoutDelayMs - previousMs);
  return { fromMs: previousMs, toMs: playoutDelayMs, currentMs, share, leftMs };
}

/** What comes after what is ordered now. */
export type Outlook =
  /** Nothing: it stays. */
  | { readonly kind: 'stays' }
  /** It is to be another one, and that is not ordered yet. */
  | { readonly kind: 'follows'; readonly toMs: number }
  /** PO34: the server has raised it for a slow link, and will lower it by itself. */
  | { readonly kind: 'raised'; readonly usualMs: number };

export function outlookOf({ order, usualMs }: ZoneDelayRow, nowMs: number): Outlook {
  if (order.playoutDelayMs === usualMs) return { kind: 'stays' };
  if (order.playoutDelayMs < usualMs || progressOf(order, nowMs) !== null) return { kind: 'follows', toMs: usualMs };
  return { kind: 'raised', usualMs };
}
