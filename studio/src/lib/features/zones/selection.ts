import type { ZoneId } from '@loa/shared/ids';
import { containsRange, touchesRange } from '@loa/shared/zones/leaf-set';
import type { ZoneTree } from '@loa/shared/zones/zone-tree';

/** Chosen zones as the smallest set that covers the choice: a whole ward is one id, not its clusters. */
export type Selection = readonly ZoneId[];

export type Tristate = 'all' | 'some' | 'none';

export const NOTHING: Selection = [];

export function stateOf(tree: ZoneTree, selection: Selection, zoneId: ZoneId): Tristate {
  const chosen = tree.leafSetOf(selection);
  const [from, to] = tree.leafRangeOf(zoneId);
  if (containsRange(chosen, from, to)) return 'all';
  return touchesRange(chosen, from, to) ? 'some' : 'none';
}

/** Chooses a zone, or gives it back when it is wholly chosen. */
export function toggle(tree: ZoneTree, selection: Selection, zoneId: ZoneId): Selection {
  if (!tree.has(zoneId)) return selection;
  return stateOf(tree, selection, zoneId) === 'all'
    ? tree.subtract(selection, [zoneId])
    : tree.smallestCoveringSet([...selection, zoneId]);
}

/** Zones that no longer exist (the tree was changed meanwhile) leave the choice. */
export function onlyKnown(tree: ZoneTree, selection: Selection): Selection {
  return selection.every((id) => tree.has(id)) ? selection : selection.filter((id) => tree.has(id));
}
