import { ancestorsOf, childrenOf, isCovered, subtreeOf, type ZoneIndex } from './zone-index.ts';

/** Chosen zones as the smallest set of zones that covers the choice: a whole ward is one id, not its clusters. */
export type Selection = ReadonlySet<string>;

export type Tristate = 'all' | 'some' | 'none';

export const NOTHING: Selection = new Set();

export function stateOf(index: ZoneIndex, selection: Selection, zoneId: string): Tristate {
  if (isCovered(index, selection, zoneId)) return 'all';
  for (const chosen of selection) {
    if (ancestorsOf(index, chosen).some((zone) => zone.id === zoneId)) return 'some';
  }
  return 'none';
}

/** Chooses a zone, or gives it back when it is wholly chosen. */
export function toggle(index: ZoneIndex, selection: Selection, zoneId: string): Selection {
  return stateOf(index, selection, zoneId) === 'all' ? remove(index, selection, zoneId) : add(index, selection, zoneId);
}

export function add(index: ZoneIndex, selection: Selection, zoneId: string): Selection {
  const below = idsBelow(index, zoneId);
  return compact(index, new Set([...[...selection].filter((id) => !below.has(id)), zoneId]));
}

export function remove(index: ZoneIndex, selection: Selection, zoneId: string): Selection {
  const below = idsBelow(index, zoneId);
  const next = new Set([...selection].filter((id) => !below.has(id)));
  // A chosen ancestor is replaced by all its branches but the one that is given back.
  let branch = zoneId;
  for (const ancestor of ancestorsOf(index, zoneId)) {
    if (!isCovered(index, next, ancestor.id)) break;
    for (const sibling of childrenOf(index, ancestor.id)) {
      if (sibling.id !== branch) next.add(sibling.id);
    }
    if (next.delete(ancestor.id)) break;
    branch = ancestor.id;
  }
  return next;
}

/** Zones that no longer exist (the tree was changed meanwhile) leave the choice. */
export function onlyKnown(index: ZoneIndex, selection: Selection): Selection {
  const known = [...selection].filter((id) => index.byId.has(id));
  return known.length === selection.size ? selection : new Set(known);
}

function idsBelow(index: ZoneIndex, zoneId: string): ReadonlySet<string> {
  return new Set(subtreeOf(index, zoneId).map((zone) => zone.id as string));
}

/** Replaces complete sets of children by their parent, from the leaves up. */
function compact(index: ZoneIndex, selection: Selection): Selection {
  const next = new Set(selection);
  const queue = [...next];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    const parentId = index.byId.get(id)?.parentId;
    if (!parentId || !next.has(id)) continue;
    const siblings = childrenOf(index, parentId);
    // An only child stays itself: the person who chose the branch shall see the branch.
    if (siblings.length < 2 || !siblings.every((sibling) => next.has(sibling.id))) continue;
    for (const sibling of siblings) next.delete(sibling.id);
    next.add(parentId);
    queue.push(parentId);
  }
  return next;
}
