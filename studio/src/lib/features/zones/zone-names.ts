import { m } from '#lib/generated/messages/messages.js';
import type { ZoneId } from '@loa/shared/ids';
import { compareZones } from '@loa/shared/zones/search';
import type { Zone } from '@loa/shared/zones/zone';
import type { ZoneTree } from '@loa/shared/zones/zone-tree';

/** How zones that are gone read when they were there, by id. */
export type ZonePaths = Readonly<Record<string, string>>;

/** The ward that a zone is or belongs to; null above wards. */
export function wardOf(tree: ZoneTree, zoneId: ZoneId): Zone | null {
  for (const id of tree.pathTo(zoneId)) {
    const zone = tree.zoneById(id);
    if (zone?.kind === 'ward') return zone;
  }
  return null;
}

/**
 * "Cụm loa 3, Phường 1": enough words to tell two zones of one name apart, without the city. Never an id: those are for
 * programs.
 */
export function fullName(tree: ZoneTree | null, zoneId: ZoneId, paths: ZonePaths = {}): string {
  if (tree === null) return m.zone_loading();
  const zone = tree.zoneById(zoneId);
  if (zone === undefined) return paths[zoneId] ?? m.zone_unknown();
  const ward = wardOf(tree, zoneId);
  return ward === null || ward.id === zoneId ? zone.name : `${zone.name}, ${ward.name}`;
}

/** Full names in reading order, whatever order the zones were chosen in. */
export function zoneNames(tree: ZoneTree | null, zoneIds: readonly ZoneId[], paths: ZonePaths = {}): string[] {
  if (tree === null) return zoneIds.length === 0 ? [] : [m.zone_loading()];
  const known = zoneIds.flatMap((id) => tree.zoneById(id) ?? []).sort(compareZones);
  const unknown = zoneIds.filter((id) => !tree.has(id));
  return [...known.map(({ id }) => id), ...unknown].map((id) => fullName(tree, id, paths));
}

/** The first `shown` of them, and how many more there are. */
export function zoneSummary(
  tree: ZoneTree | null,
  zoneIds: readonly ZoneId[],
  shown: number,
  paths: ZonePaths = {},
): string {
  const names = zoneNames(tree, zoneIds, paths);
  const first = names.slice(0, shown).join(', ');
  return names.length > shown ? `${first} ${m.zones_more({ count: names.length - shown })}` : first;
}
