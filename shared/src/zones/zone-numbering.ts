import type { ZoneId } from '../ids.ts';
import { MAX_ZONE_DEPTH } from '../protocol/limits.ts';
import { err, ok, type Result } from '../result.ts';
import type { Zone } from './zone.ts';

/** One thing that keeps rows from being a tree, with the zone where it shows. */
export interface ZoneTreeProblem {
  readonly code: 'no-root' | 'several-roots' | 'duplicate-id' | 'unknown-parent' | 'cycle' | 'too-deep';
  readonly zoneId: ZoneId | null;
}

/** A zone with its place: numbers are pre-order, `end` is one past its last descendant, leaves are numbered apart. */
export interface NumberedZone {
  readonly zone: Zone;
  readonly number: number;
  readonly end: number;
  readonly leafFrom: number;
  readonly leafTo: number;
  readonly path: readonly ZoneId[];
  readonly children: readonly NumberedZone[];
}

/** All zones in pre-order, siblings by id, or every problem that was found. */
export function numberZones(zones: readonly Zone[]): Result<readonly NumberedZone[], ZoneTreeProblem[]> {
  const problems: ZoneTreeProblem[] = [];
  const byId = new Map<ZoneId, Zone>();
  for (const zone of zones) {
    if (byId.has(zone.id)) problems.push({ code: 'duplicate-id', zoneId: zone.id });
    else byId.set(zone.id, zone);
  }
  const childrenOf = new Map<ZoneId | null, Zone[]>();
  for (const zone of byId.values()) {
    if (zone.parentId !== null && !byId.has(zone.parentId)) problems.push({ code: 'unknown-parent', zoneId: zone.id });
    const siblings = childrenOf.get(zone.parentId);
    if (siblings) siblings.push(zone);
    else childrenOf.set(zone.parentId, [zone]);
  }
  for (const siblings of childrenOf.values()) siblings.sort(byZoneId);

  const [root, ...moreRoots] = childrenOf.get(null) ?? [];
  problems.push(...moreRoots.map((zone) => ({ code: 'several-roots' as const, zoneId: zone.id })));
  if (!root) problems.push({ code: 'no-root', zoneId: null });
  problems.push(...[...byId.values()].filter((zone) => inCycle(zone, byId)).map(toCycle));
  // Only now is it certain that the walk from the root ends and reaches every zone.
  if (!root || problems.length > 0) return err(problems.sort(byProblem));

  const nodes: NumberedZone[] = [];
  walk(root, [], { nodes, childrenOf, problems, leaves: 0 });
  return problems.length > 0 ? err(problems.sort(byProblem)) : ok(nodes);
}

interface Walk {
  readonly nodes: NumberedZone[];
  readonly childrenOf: ReadonlyMap<ZoneId | null, readonly Zone[]>;
  readonly problems: ZoneTreeProblem[];
  leaves: number;
}

function walk(zone: Zone, above: readonly ZoneId[], state: Walk): NumberedZone | null {
  const path = [...above, zone.id];
  if (path.length > MAX_ZONE_DEPTH) {
    state.problems.push({ code: 'too-deep', zoneId: zone.id });
    return null;
  }
  const number = state.nodes.length;
  const leafFrom = state.leaves;
  const below = state.childrenOf.get(zone.id) ?? [];
  if (below.length === 0) state.leaves += 1;
  // The place is taken before the children take theirs; the record itself can only be made after them.
  state.nodes.length += 1;
  const children = below.flatMap((child) => walk(child, path, state) ?? []);
  const node = { zone, number, end: state.nodes.length, leafFrom, leafTo: state.leaves, path, children };
  state.nodes[number] = node;
  return node;
}

/** Whether the way up from the zone comes back to it. */
function inCycle(zone: Zone, byId: ReadonlyMap<ZoneId, Zone>): boolean {
  let above: Zone | undefined = zone;
  for (let steps = 0; steps < byId.size && above && above.parentId !== null; steps += 1) {
    if (above.parentId === zone.id) return true;
    above = byId.get(above.parentId);
  }
  return false;
}

function toCycle(zone: Zone): ZoneTreeProblem {
  return { code: 'cycle', zoneId: zone.id };
}

/** By code units, so that every machine agrees whatever its language settings. */
function byZoneId(a: Zone, b: Zone): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

function byProblem(a: ZoneTreeProblem, b: ZoneTreeProblem): number {
  const left = `${a.zoneId ?? ''} ${a.code}`;
  const right = `${b.zoneId ?? ''} ${b.code}`;
  return left < right ? -1 : left > right ? 1 : 0;
}
