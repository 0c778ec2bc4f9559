import type { ZoneId } from '@loa/shared/ids';
import { heirsOf, placeIn, reachOf } from '@loa/shared/zones/succession';
import { buildZoneTree, type ZoneTree } from '@loa/shared/zones/zone-tree';
import { nextZoneChange, type ZoneVersion, zonesAt } from '@loa/shared/zones/zone-versions';
import { ProblemError } from '../problem-error.ts';
import { type StoredTree, treeFrom, type ZoneRecords } from '../repositories/zone-repository.ts';

/** The zones of now and of every other time, as this door knows them. */
export interface ZoneBook {
  readonly current: StoredTree;
  /** Of every time, as they were taken over last. */
  readonly records: ZoneRecords;
  /** Takes over what is stored, or the same records at another instant (ms). Throws, and keeps the old tree, when it is none. */
  turn(at: number, records?: ZoneRecords): void;
  /** The next instant at which the tree changes by itself; null: none is known. */
  nextChange(at: number): number | null;
  /** ZT9: the present zone in which a device of this zone stands. */
  placeOf(zone: ZoneId): ZoneId;
  /** ZT8: the present zones that stand for this one; itself, and nothing when it never was. */
  heirsOf(zone: ZoneId): readonly ZoneId[];
  /** ZT10, likewise. */
  reachOf(zone: ZoneId): readonly ZoneId[];
  /** A present zone by its id or by its code if that names one only; else the place of the zone that last had it. Throws `not-found`. */
  resolve(zone: string): ZoneId;
  /** Names from the root down, also of a zone that is gone. */
  pathText(zone: ZoneId): string;
}

export function createZoneBook(first: ZoneRecords, at: number): ZoneBook {
  let records = first;
  let current = treeFrom(first, at);
  let now = at;
  const byId = new Map<ZoneId, ZoneVersion>();
  /** The last tree before an instant; one instant is usually the end of many zones. */
  const treesBefore = new Map<number, ZoneTree | null>();
  const parents = new Map<ZoneId, ZoneId | null>();

  const index = () => {
    byId.clear();
    parents.clear();
    treesBefore.clear();
    for (const version of records.versions) {
      byId.set(version.zone.id, version);
      parents.set(version.zone.id, version.zone.parentId);
    }
  };
  index();

  const treeBefore = (instant: number): ZoneTree | null => {
    const known = treesBefore.get(instant);
    if (known !== undefined) return known;
    const built = buildZoneTree(zonesAt(records.versions, instant - 1));
    const tree = built.ok ? built.value : null;
    treesBefore.set(instant, tree);
    return tree;
  };

  const placeOf = (zone: ZoneId) => placeIn(current.tree, zone, parents, current.successions);

  /** The place of the zone that had this id or code last. */
  const formerly = (text: string): ZoneId | undefined => {
    const past = records.versions.filter(
      ({ zone, validFrom }) => validFrom <= now && (zone.id === text || zone.code === text),
    );
    const latest = Math.max(...past.map(({ validTo }) => validTo ?? 0));
    const places = new Set(past.filter(({ validTo }) => validTo === latest).map(({ zone }) => placeOf(zone.id)));
    return places.size === 1 ? [...places][0] : undefined;
  };

  const standsFor = (zone: ZoneId, rule: typeof heirsOf): readonly ZoneId[] => {
    if (current.tree.has(zone)) return [zone];
    const end = byId.get(zone)?.validTo ?? null;
    if (end === null || end > now) return [];
    const before = treeBefore(end);
    return before ? rule(zone, before, current.tree, current.successions) : [];
  };

  return {
    get current() {
      return current;
    },
    get records() {
      return records;
    },
    turn(to, next = records) {
      current = treeFrom(next, to);
      now = to;
      if (next === records) return;
      records = next;
      index();
    },
    nextChange: (after) => nextZoneChange(records.versions, after),
    placeOf,
    heirsOf: (zone) => standsFor(zone, heirsOf),
    reachOf: (zone) => standsFor(zone, reachOf),
    resolve(text) {
      const { tree } = current;
      if (tree.has(text as ZoneId)) return text as ZoneId;
      const matches = tree.zones.filter(({ code }) => code === text);
      if (matches.length > 1)
        throw new ProblemError('not-found', 'zone: several zones have this code: use the id', { field: 'zone' });
      const found = matches[0]?.id ?? formerly(text);
      if (found === undefined)
        throw new ProblemError('not-found', 'zone: no zone has this id or code', { field: 'zone' });
      return found;
    },
    pathText(zone) {
      const names: string[] = [];
      const seen = new Set<ZoneId>();
      for (let id: ZoneId | null = zone; id !== null && byId.has(id) && !seen.has(id); id = parents.get(id) ?? null) {
        seen.add(id);
        names.unshift(byId.get(id)?.zone.name ?? id);
      }
      return names.join(' › ');
    },
  };
}
