import type { ZoneId } from '../../src/ids.ts';
import { buildZoneTree, type ZoneTree } from '../../src/zones/zone-tree.ts';
import type { Zone } from '../../src/zones/zone.ts';

/** A zone row with nothing but its place. */
export function zone(id: string, parentId: string | null, name = id): Zone {
  return {
    id: id as ZoneId,
    parentId: parentId as ZoneId | null,
    kind: parentId === null ? 'city' : 'ward',
    code: id,
    name,
    lat: null,
    lng: null,
    population: null,
  };
}

/** Every shape that matters: a ward with two levels below it, one with two leaves, one with a single child, a leaf ward. */
export const CITY_ROWS: readonly Zone[] = [
  zone('city', null),
  zone('w1', 'city'),
  zone('n1', 'w1'),
  zone('c1', 'n1'),
  zone('c2', 'n1'),
  zone('n2', 'w1'),
  zone('c3', 'n2'),
  zone('w2', 'city'),
  zone('c4', 'w2'),
  zone('c5', 'w2'),
  zone('w3', 'city'),
  zone('c6', 'w3'),
  zone('w4', 'city'),
];

export function treeOf(rows: readonly Zone[]): ZoneTree {
  const tree = buildZoneTree(rows);
  if (!tree.ok) throw new Error(`not a tree: ${JSON.stringify(tree.error)}`);
  return tree.value;
}

export function zoneIds(...ids: string[]): ZoneId[] {
  return ids as ZoneId[];
}
