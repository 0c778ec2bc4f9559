import type { BroadcastId, ZoneId } from '../../src/ids.ts';
import { CITY_ROWS, treeOf } from './city.ts';
import { placesOf, type Sound } from './oracle.ts';

/** The tree on which random histories happen. */
export const CITY = treeOf(CITY_ROWS);
export const PLACES = placesOf(CITY);

export function isHeardAt(sounds: ReadonlyMap<ZoneId, Sound>, leaf: ZoneId, id: BroadcastId): boolean {
  const sound = sounds.get(leaf);
  return sound?.main?.id === id || sound?.overlay?.id === id;
}

export function leavesUnder(zones: readonly ZoneId[]): ZoneId[] {
  return PLACES.leaves.flatMap(({ id, path }) => (zones.some((zone) => path.has(zone)) ? id : []));
}

export function sameLeaves(a: readonly ZoneId[], b: readonly ZoneId[]): boolean {
  return a.length === b.length && a.every((leaf) => b.includes(leaf));
}

/** Cheaper than an expectation; a hundred million of them are asked in one run. */
export function must(fact: unknown, message: string): asserts fact {
  if (!fact) throw new Error(message);
}
