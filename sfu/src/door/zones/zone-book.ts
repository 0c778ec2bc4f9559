import type { ZoneId } from '@loa/shared/ids';
import { placeIn } from '@loa/shared/zones/succession';
import { nextZoneChange } from '@loa/shared/zones/zone-versions';
import type { Zone } from '@loa/shared/zones/zone';
import { ProblemError } from '../problem-error.ts';
import { type StoredTree, treeFrom, type ZoneRecords } from '../repositories/zone-repository.ts';

/** The zones of now and of every other time, as this door knows them. */
export interface ZoneBook {
  readonly current: StoredTree;
  /** Takes over what is stored, or the same records at another instant (ms). Throws, and keeps the old tree, when it is none. */
  turn(at: number, records?: ZoneRecords): void;
  /** The next instant at which the tree changes by itself; null: none is known. */
  nextChange(at: number): number | null;
  /** ZT9: the present zone in which a device of this zone stands. */
  placeOf(zone: ZoneId): ZoneId;
  /** A present zone by its id or by its code if that names one only; else the place of the zone that last had it. Throws `not-found`. */
  resolve(zone: string): ZoneId;
  /** Names from the root down, also of a zone that is gone. */
  pathText(zone: ZoneId): string;
}

export function createZoneBook(first: ZoneRecords, at: number): ZoneBook {
  let records = first;
  let current = treeFrom(first, at);
  let now = at;
  const byId = new Map<ZoneId, Zone>();
  const parents = new Map<ZoneId, ZoneId | null>();

  const index = () => {
    byId.clear();
    parents.clear();
    for (const { zone } of records.versions) {
      byId.set(zone.id, zone);
      parents.set(zone.id, zone.parentId);
    }
  };
  index();

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

  return {
    get current() {
      return current;
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
        names.unshift(byId.get(id)?.name ?? id);
      }
      return names.join(' › ');
    },
  };
}
