import type { ZoneId } from '@loa/shared/ids';
import type { Zone } from '@loa/shared/zones/zone';
import type { ZoneTree } from '@loa/shared/zones/zone-tree';

/** The ward that a zone is or belongs to; null above wards. */
export function wardOf(tree: ZoneTree, zoneId: ZoneId): Zone | null {
  for (const id of tree.pathTo(zoneId)) {
    const zone = tree.zoneById(id);
    if (zone?.kind === 'ward') return zone;
  }
  return null;
}

/** "Cụm loa 3, Phường 1": enough words to tell two zones of one name apart, without the city. */
export function fullName(tree: ZoneTree | null, zoneId: ZoneId): string {
  const zone = tree?.zoneById(zoneId);
  if (!tree || !zone) return zoneId;
  const ward = wardOf(tree, zoneId);
  return ward === null || ward.id === zoneId ? zone.name : `${zone.name}, ${ward.name}`;
}
