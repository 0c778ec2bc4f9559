import { describe, expect, it } from 'vitest';
import { zone } from '../../test/support/city.ts';
import { nextZoneChange, zoneTreeAt, zonesAt, type ZoneVersion } from './zone-versions.ts';

const MERGER = 2_000;
const version = (validFrom: number, validTo: number | null, ...row: Parameters<typeof zone>): ZoneVersion => ({
  zone: zone(...row),
  validFrom,
  validTo,
});

/** Two wards become one, under a code that one of them had. */
const VERSIONS: readonly ZoneVersion[] = [
  version(0, null, 'city', null),
  version(1_000, MERGER, 'north', 'city'),
  version(1_000, MERGER, 'south', 'city'),
  version(MERGER, null, 'united', 'city'),
];

describe('zone versions', () => {
  const idsAt = (at: number) => zonesAt(VERSIONS, at).map(({ id }) => id);

  it('ZT5: a version begins at its first instant and is over at its last', () => {
    expect(idsAt(999)).toEqual(['city']);
    expect(idsAt(1_000)).toEqual(['city', 'north', 'south']);
    expect(idsAt(MERGER - 1)).toEqual(['city', 'north', 'south']);
    expect(idsAt(MERGER)).toEqual(['city', 'united']);
  });

  it('ZT5: the tree of the past stays what it was', () => {
    const [before, after] = [zoneTreeAt(VERSIONS, MERGER - 1), zoneTreeAt(VERSIONS, MERGER)];
    expect(before.ok && before.value.childrenOf(before.value.root)).toEqual(['north', 'south']);
    expect(after.ok && after.value.childrenOf(after.value.root)).toEqual(['united']);
  });

  it('ZT5: two versions of one zone at the same instant are a mistake', () => {
    const twice = zoneTreeAt([...VERSIONS, version(500, 1_500, 'north', 'city')], 1_200);
    expect(twice).toEqual({ ok: false, error: [{ code: 'duplicate-id', zoneId: 'north' }] });
  });

  it('ZT5: says when the tree changes next', () => {
    expect([-1, 0, 1_000, MERGER].map((at) => nextZoneChange(VERSIONS, at))).toEqual([0, 1_000, MERGER, null]);
  });
});
