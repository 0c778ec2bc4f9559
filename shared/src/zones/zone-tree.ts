import type { ZoneId } from '../ids.ts';
import { err, ok, type Result } from '../result.ts';
import { EMPTY_LEAF_SET, containsRange, leafSetFromRanges, subtract, touchesRange, type LeafSet } from './leaf-set.ts';
import { numberZones, type NumberedZone } from './zone-numbering.ts';
import type { Zone } from './zone.ts';

export type { ZoneTreeProblem } from './zone-numbering.ts';
import type { ZoneTreeProblem } from './zone-numbering.ts';

/**
 * The zones of one instant as a tree. Every method is total: an id that the tree does not know yields `undefined`,
 * `false` or nothing. Lists come in a fixed order that does not depend on the order of the rows the tree was built from.
 *
 * A set of zones *means* a set of leaves; an inner zone belongs to the set when all the leaves below it do.
 */
export interface ZoneTree {
  readonly root: ZoneId;
  /** All zones, parents before children. */
  readonly zones: readonly Zone[];
  readonly leafCount: number;
  has(id: ZoneId): boolean;
  zoneById(id: ZoneId): Zone | undefined;
  /** From the root to the zone, both included; at most `MAX_ZONE_DEPTH` long. */
  pathTo(id: ZoneId): readonly ZoneId[];
  /** Whether `inner` is `outer` or lies below it. */
  covers(outer: ZoneId, inner: ZoneId): boolean;
  childrenOf(id: ZoneId): readonly ZoneId[];
  /** The zone itself and all below it, parents before children. */
  descendantsOf(id: ZoneId): readonly ZoneId[];
  leavesUnder(id: ZoneId): readonly ZoneId[];
  /** The fewest zones that cover the same leaves; unknown ids are left out. */
  smallestCoveringSet(ids: readonly ZoneId[]): ZoneId[];
  /** The smallest covering set of the leaves under `ids` that are not under `minus`. */
  subtract(ids: readonly ZoneId[], minus: readonly ZoneId[]): ZoneId[];
  /** The leaves under any of `ids`. The answer is remembered by array identity: do not change an array given here. */
  leafSetOf(ids: readonly ZoneId[]): LeafSet;
  /** The leaves under one zone as `[from, to)`; `[0, 0)` when it is unknown. */
  leafRangeOf(id: ZoneId): readonly [from: number, to: number];
  coveringSetOf(leaves: LeafSet): ZoneId[];
}

/**
 * ZT1, ZT2: the tree, or everything that is wrong with the rows. Zones are numbered in pre-order, each with the end of
 * its subtree, so that `covers` is two comparisons; leaves are numbered in the same order.
 */
export function buildZoneTree(zones: readonly Zone[]): Result<ZoneTree, ZoneTreeProblem[]> {
  const numbered = numberZones(zones);
  return numbered.ok ? ok(createZoneTree(numbered.value)) : err(numbered.error);
}

function createZoneTree(nodes: readonly NumberedZone[]): ZoneTree {
  const byId = new Map<ZoneId, NumberedZone>(nodes.map((node) => [node.zone.id, node]));
  const leafIds = nodes.filter((node) => node.children.length === 0).map((node) => node.zone.id);
  const root = nodes[0] as NumberedZone;
  const remembered = new WeakMap<readonly ZoneId[], LeafSet>();

  const toLeafSet = (ids: readonly ZoneId[]): LeafSet => {
    const ranges = ids.flatMap((id) => {
      const node = byId.get(id);
      return node ? [[node.leafFrom, node.leafTo] as const] : [];
    });
    return ranges.length === 0 ? EMPTY_LEAF_SET : leafSetFromRanges(ranges);
  };

  const leafSetOf = (ids: readonly ZoneId[]): LeafSet => {
    const known = remembered.get(ids);
    if (known) return known;
    const set = toLeafSet(ids);
    remembered.set(ids, set);
    return set;
  };

  const coveringSetOf = (leaves: LeafSet): ZoneId[] => {
    const out: ZoneId[] = [];
    const visit = (node: NumberedZone): void => {
      if (containsRange(leaves, node.leafFrom, node.leafTo)) out.push(node.zone.id);
      else if (touchesRange(leaves, node.leafFrom, node.leafTo)) node.children.forEach(visit);
    };
    if (leaves.length > 0) visit(root);
    return out;
  };

  return {
    root: root.zone.id,
    zones: nodes.map((node) => node.zone),
    leafCount: leafIds.length,
    has: (id) => byId.has(id),
    zoneById: (id) => byId.get(id)?.zone,
    pathTo: (id) => byId.get(id)?.path ?? [],
    covers: (outer, inner) => {
      const a = byId.get(outer);
      const b = byId.get(inner);
      return a !== undefined && b !== undefined && a.number <= b.number && b.number < a.end;
    },
    childrenOf: (id) => byId.get(id)?.children.map((child) => child.zone.id) ?? [],
    descendantsOf: (id) => {
      const node = byId.get(id);
      return node ? nodes.slice(node.number, node.end).map((below) => below.zone.id) : [];
    },
    leavesUnder: (id) => {
      const node = byId.get(id);
      return node ? leafIds.slice(node.leafFrom, node.leafTo) : [];
    },
    smallestCoveringSet: (ids) => coveringSetOf(toLeafSet(ids)),
    subtract: (ids, minus) => coveringSetOf(subtract(toLeafSet(ids), toLeafSet(minus))),
    leafSetOf,
    leafRangeOf: (id) => {
      const node = byId.get(id);
      return node ? [node.leafFrom, node.leafTo] : [0, 0];
    },
    coveringSetOf,
  };
}
