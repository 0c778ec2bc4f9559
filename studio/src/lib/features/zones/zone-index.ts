import type { Zone } from '@loa/shared/zones/zone';

/** The zone tree, ready to be asked: children in reading order, ancestors, descendants. */
export interface ZoneIndex {
  readonly byId: ReadonlyMap<string, Zone>;
  readonly roots: readonly Zone[];
  readonly children: ReadonlyMap<string, readonly Zone[]>;
}

export const EMPTY_ZONE_INDEX: ZoneIndex = { byId: new Map(), roots: [], children: new Map() };

const NO_ZONES: readonly Zone[] = [];
const MAX_DEPTH = 16;

export function createZoneIndex(zones: readonly Zone[]): ZoneIndex {
  const byId = new Map<string, Zone>(zones.map((zone) => [zone.id, zone]));
  const children = new Map<string, Zone[]>();
  const roots: Zone[] = [];
  // "Phường 2" comes before "Phường 10".
  const collator = new Intl.Collator('vi', { numeric: true });
  for (const zone of [...zones].sort((a, b) => collator.compare(a.name, b.name))) {
    if (zone.parentId === null || !byId.has(zone.parentId)) {
      roots.push(zone);
      continue;
    }
    const siblings = children.get(zone.parentId);
    if (siblings) siblings.push(zone);
    else children.set(zone.parentId, [zone]);
  }
  return { byId, roots, children };
}

export function childrenOf(index: ZoneIndex, id: string): readonly Zone[] {
  return index.children.get(id) ?? NO_ZONES;
}

/** From the parent up to the root; bounded, so that a cycle in bad data cannot hang the page. */
export function ancestorsOf(index: ZoneIndex, id: string): readonly Zone[] {
  const found: Zone[] = [];
  let zone = index.byId.get(id);
  while (zone?.parentId && found.length < MAX_DEPTH) {
    const parent = index.byId.get(zone.parentId);
    if (!parent) break;
    found.push(parent);
    zone = parent;
  }
  return found;
}

/** The zone itself and everything below it. */
export function subtreeOf(index: ZoneIndex, id: string): readonly Zone[] {
  const root = index.byId.get(id);
  if (!root) return NO_ZONES;
  const found: Zone[] = [root];
  for (let i = 0; i < found.length && found.length <= index.byId.size; i += 1) {
    const zone = found[i];
    if (zone) found.push(...childrenOf(index, zone.id));
  }
  return found;
}

/** Whether `zoneId` is one of `ids` or lies below one of them. */
export function isCovered(index: ZoneIndex, ids: ReadonlySet<string>, zoneId: string): boolean {
  return ids.has(zoneId) || ancestorsOf(index, zoneId).some((zone) => ids.has(zone.id));
}

/** The ward that a zone is or belongs to; null above wards. */
export function wardOf(index: ZoneIndex, zoneId: string): Zone | null {
  const zone = index.byId.get(zoneId);
  if (zone?.kind === 'ward') return zone;
  return ancestorsOf(index, zoneId).find((ancestor) => ancestor.kind === 'ward') ?? null;
}

/** "Khu phố 3, Phường 1": enough words to tell two zones of one name apart, without the city. */
export function fullName(index: ZoneIndex, zoneId: string): string {
  const zone = index.byId.get(zoneId);
  if (!zone) return zoneId;
  const above = ancestorsOf(index, zoneId).filter((ancestor) => ancestor.kind === 'ward');
  return [zone.name, ...above.map((ancestor) => ancestor.name)].join(', ');
}
