import { z } from 'zod';
import { zoneIdSchema } from '../broadcasts/commands.ts';
import type { ZoneId } from '../ids.ts';
import type { ZoneTree } from './zone-tree.ts';

/** One unit that went on as another: a merger has several with one `to`, a split several with one `from`. */
export const successionSchema = z.object({ from: zoneIdSchema, to: zoneIdSchema });
export type Succession = z.infer<typeof successionSchema>;

/**
 * ZT8: the zones of `after` that stand for a zone of `before`: itself while it is there; else what has become of the zones
 * below it; else its successors. The smallest covering set, empty when nothing is left of it.
 */
export function heirsOf(
  zone: ZoneId,
  before: ZoneTree,
  after: ZoneTree,
  successions: readonly Succession[],
): readonly ZoneId[] {
  const collect = (id: ZoneId): readonly ZoneId[] => {
    if (after.has(id)) return [id];
    const below = before.childrenOf(id).flatMap(collect);
    return below.length > 0 ? below : successorsIn(after, id, successions);
  };
  return after.smallestCoveringSet(collect(zone));
}

/**
 * ZT10: the zones of `after` that reach everybody whom `zone` of `before` reached, devices that stood in it itself included (ZT9): its
 * heirs and its successors. Wider than the heirs, never narrower.
 */
export function reachOf(
  zone: ZoneId,
  before: ZoneTree,
  after: ZoneTree,
  successions: readonly Succession[],
): readonly ZoneId[] {
  if (after.has(zone)) return [zone];
  return after.smallestCoveringSet([
    ...heirsOf(zone, before, after, successions),
    ...successorsIn(after, zone, successions),
  ]);
}

/**
 * ZT9: the one zone of `tree` where a device of `zone` stands: the zone itself, else its only successor, else the lowest
 * zone above all its successors, else the place of the zone that was above it (`parents`, over all versions), else the root.
 */
export function placeIn(
  tree: ZoneTree,
  zone: ZoneId,
  parents: ReadonlyMap<ZoneId, ZoneId | null>,
  successions: readonly Succession[],
): ZoneId {
  const seen = new Set<ZoneId>();
  for (let id: ZoneId | null = zone; id !== null && !seen.has(id); id = parents.get(id) ?? null) {
    seen.add(id);
    if (tree.has(id)) return id;
    const heirs = successorsIn(tree, id, successions);
    if (heirs.length > 0) return lowestAbove(tree, heirs);
  }
  return tree.root;
}

/** The nearest successors that the tree has, over any number of steps. */
function successorsIn(tree: ZoneTree, zone: ZoneId, successions: readonly Succession[]): ZoneId[] {
  const byFrom = indexOf(successions);
  const seen = new Set([zone]);
  const found: ZoneId[] = [];
  let next = [zone];
  while (next.length > 0) {
    const steps: ZoneId[] = next.flatMap((id) => byFrom.get(id) ?? []);
    next = [];
    for (const to of steps) {
      if (seen.has(to)) continue;
      seen.add(to);
      (tree.has(to) ? found : next).push(to);
    }
  }
  return found;
}

/** Remembered by array identity: a list of successions never changes, and is asked about for many zones in a row. */
const indexes = new WeakMap<readonly Succession[], ReadonlyMap<ZoneId, ZoneId[]>>();

function indexOf(successions: readonly Succession[]): ReadonlyMap<ZoneId, ZoneId[]> {
  const known = indexes.get(successions);
  if (known) return known;
  const index = new Map<ZoneId, ZoneId[]>();
  for (const { from, to } of successions) {
    const successors = index.get(from);
    if (successors) successors.push(to);
    else index.set(from, [to]);
  }
  indexes.set(successions, index);
  return index;
}

function lowestAbove(tree: ZoneTree, zones: readonly ZoneId[]): ZoneId {
  const [first, ...others] = zones;
  const path = first === undefined ? [] : tree.pathTo(first);
  return path.findLast((above) => others.every((zone) => tree.covers(above, zone))) ?? tree.root;
}
