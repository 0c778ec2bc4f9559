import type { Result } from '../result.ts';
import type { Instant } from '../time.ts';
import { buildZoneTree, type ZoneTree, type ZoneTreeProblem } from './zone-tree.ts';
import type { Zone } from './zone.ts';

/** One version of one zone, valid from `validFrom` (inclusive) to `validTo` (exclusive; null: still valid). */
export interface ZoneVersion {
  readonly zone: Zone;
  readonly validFrom: Instant;
  readonly validTo: Instant | null;
}

/** ZT5: the zones as they were at one instant. */
export function zonesAt(versions: readonly ZoneVersion[], at: Instant): Zone[] {
  return versions
    .filter((version) => version.validFrom <= at && (version.validTo === null || at < version.validTo))
    .map((version) => version.zone);
}

/** ZT5: the tree as it was at one instant; two versions of one zone at once are reported as `duplicate-id`. */
export function zoneTreeAt(versions: readonly ZoneVersion[], at: Instant): Result<ZoneTree, ZoneTreeProblem[]> {
  return buildZoneTree(zonesAt(versions, at));
}

/** The next instant after `at` at which the tree changes, or null; until then a tree once built stays right. */
export function nextZoneChange(versions: readonly ZoneVersion[], at: Instant): Instant | null {
  let next: Instant | null = null;
  for (const { validFrom, validTo } of versions) {
    for (const edge of [validFrom, validTo])
      if (edge !== null && edge > at && (next === null || edge < next)) next = edge;
  }
  return next;
}
