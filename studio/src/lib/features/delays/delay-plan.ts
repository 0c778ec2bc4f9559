import type { ZoneId } from '@loa/shared/ids';
import { delayGroupOf, usualDelayMs } from '@loa/shared/playout/group-delay';
import type { BroadcastView } from '@loa/shared/protocol/live';
import type { ReceiverView } from '@loa/shared/protocol/receivers';
import { compareZones } from '@loa/shared/zones/search';
import type { Zone } from '@loa/shared/zones/zone';
import { buildZoneTree, type ZoneTree } from '@loa/shared/zones/zone-tree';
import { wardOf } from '../zones/zone-names.ts';
import { type DelayFacts, type Groups, groupsOf } from './zone-delays.ts';

/** A zone that is heard beside another one, and its delay in ms. */
export interface Beside {
  readonly zone: Zone;
  readonly delayMs: number;
}

/** PO73: who would be heard with another delay than the zone, so that both together sound like an echo. */
export interface Clashes {
  /** Loudspeakers of the same ward. */
  readonly sameWard: readonly Beside[];
  readonly neighbours: readonly Beside[];
  /** On air, heard in the zone and elsewhere with other delays, which go from `leastMs` to `mostMs`. */
  readonly broadcasts: readonly { readonly title: string; readonly leastMs: number; readonly mostMs: number }[];
}
export const NO_CLASHES: Clashes = { sameWard: [], neighbours: [], broadcasts: [] };

/** What is planned for one zone; null: no delay of its own. */
export interface DelayPlan {
  readonly zoneId: ZoneId;
  readonly setMs: number | null;
}

export interface PlanFacts extends DelayFacts {
  readonly broadcasts: readonly BroadcastView[];
  /** Whether two wards, by their codes, have a border in common. */
  isBorder(one: string, other: string): boolean;
}

/** The tree as it would be. */
function plannedTree(tree: ZoneTree, { zoneId, setMs }: DelayPlan): ZoneTree {
  const zones = tree.zones.map((zone) => (zone.id === zoneId ? { ...zone, playoutDelayMs: setMs } : zone));
  const built = buildZoneTree(zones);
  return built.ok ? built.value : tree;
}

/** What would hold for the receivers of a group, in ms: what holds now, with all that was added for slow links, where nothing changes. */
function plannedMs(zone: ZoneId, planned: ZoneTree, groups: Groups, { tree, answer }: DelayFacts): number {
  const group = delayGroupOf(planned, zone);
  const now = delayGroupOf(tree, zone);
  const held = answer.delays.find(({ zoneId }) => zoneId === group.zoneId);
  if (held && group.zoneId === now.zoneId && group.setMs === now.setMs) return held.playoutDelayMs;
  return usualDelayMs(group, groups.get(group.zoneId)?.length ?? 0, answer.everywhereMs);
}

/** What the delay of the zone would be, in ms, and how many of its loudspeakers would have it. */
export function effectOf(
  plan: DelayPlan,
  facts: DelayFacts,
): { readonly delayMs: number; readonly loudspeakers: number } {
  const planned = plannedTree(facts.tree, plan);
  const groups = groupsOf(planned, facts.receivers);
  const members = groups.get(delayGroupOf(planned, plan.zoneId).zoneId) ?? [];
  return {
    delayMs: plannedMs(plan.zoneId, planned, groups, facts),
    loudspeakers: members.filter(({ zoneId }) => planned.covers(plan.zoneId, zoneId)).length,
  };
}

export function clashesOf(plan: DelayPlan, facts: PlanFacts): Clashes {
  const planned = plannedTree(facts.tree, plan);
  const groups = groupsOf(planned, facts.receivers);
  const own = delayGroupOf(planned, plan.zoneId).zoneId;
  const isAffected = ({ zoneId }: ReceiverView) => planned.covers(plan.zoneId, zoneId);
  const affected = (groups.get(own) ?? []).filter(isAffected);
  if (affected.length === 0) return NO_CLASHES;
  const delays = new Map([...groups.keys()].map((id) => [id, plannedMs(id, planned, groups, facts)]));
  const ownMs = delays.get(own) ?? 0;
  const wards = new Set(affected.map(({ zoneId }) => wardOf(planned, zoneId)?.code));

  const sameWard = new Map<ZoneId, Beside>();
  const neighbours = new Map<ZoneId, Beside>();
  for (const [id, members] of groups) {
    const delayMs = delays.get(id) ?? ownMs;
    if (delayMs === ownMs) continue;
    for (const { zoneId } of members) {
      const ward = wardOf(planned, zoneId);
      const group = planned.zoneById(id);
      if (ward === null || group === undefined) continue;
      if (wards.has(ward.code)) sameWard.set(id, { zone: group, delayMs });
      else if ([...wards].some((code) => code !== undefined && facts.isBorder(code, ward.code)))
        neighbours.set(ward.id, { zone: ward, delayMs });
    }
  }

  const broadcasts = facts.broadcasts.flatMap(({ title, zones, phase }) => {
    const hears = ({ zoneId }: ReceiverView) => zones.some((zone) => planned.covers(zone, zoneId));
    if (phase !== 'on-air' || !affected.some(hears)) return [];
    const heard = [...groups].filter(([, members]) => members.some(hears)).map(([id]) => delays.get(id) ?? ownMs);
    const [leastMs, mostMs] = [Math.min(...heard), Math.max(...heard)];
    return leastMs === mostMs ? [] : [{ title, leastMs, mostMs }];
  });
  const inOrder = (found: ReadonlyMap<ZoneId, Beside>) =>
    [...found.values()].sort((a, b) => compareZones(a.zone, b.zone));
  return { sameWard: inOrder(sameWard), neighbours: inOrder(neighbours), broadcasts };
}
