import { describe, expect, it } from 'vitest';
import { buildDemoCity } from './demo-city.ts';
import { contains } from './geometry.ts';
import { wardCell } from './ward-cells.ts';
import { WARDS } from './wards.ts';

const city = buildDemoCity();
const byId = new Map(city.zones.map((zone) => [zone.id, zone]));
const ofKind = (kind: string) => city.zones.filter((zone) => zone.kind === kind);

describe('demo city', () => {
  it('is the city of 2023: 17 wards, no Phường 6, the census total, about 240 clusters', () => {
    expect(ofKind('city').map(({ code, population }) => [code, population])).toEqual([['747', 357_124]]);
    expect(ofKind('ward')).toHaveLength(17);
    expect(ofKind('ward').map(({ name }) => name)).not.toContain('Phường 6');
    expect(ofKind('cluster').length).toBeGreaterThanOrEqual(230);
    expect(ofKind('cluster').length).toBeLessThanOrEqual(250);
  });

  it('ZT: has one root, every other zone a parent of the next higher kind, listed before it', () => {
    const above = { city: null, ward: 'city', neighbourhood: 'ward', cluster: 'neighbourhood' } as const;
    const seen = new Set<string>();
    for (const zone of city.zones) {
      const parent = zone.parentId === null ? null : byId.get(zone.parentId);
      expect(parent?.kind ?? null, zone.code).toBe(above[zone.kind]);
      if (zone.parentId !== null) expect(seen.has(zone.parentId), zone.code).toBe(true);
      seen.add(zone.id);
    }
    expect(seen.size).toBe(city.zones.length);
  });

  it('gives every ward 12 to 16 clusters and 3 to 8 neighbourhoods, none of them empty', () => {
    for (const ward of ofKind('ward')) {
      const neighbourhoods = city.zones.filter(({ parentId }) => parentId === ward.id);
      const counts = neighbourhoods.map(({ id }) => city.zones.filter(({ parentId }) => parentId === id).length);
      const total = counts.reduce((sum, count) => sum + count, 0);
      expect(neighbourhoods.length, ward.name).toBeGreaterThanOrEqual(3);
      expect(neighbourhoods.length, ward.name).toBeLessThanOrEqual(8);
      expect(Math.min(...counts), ward.name).toBeGreaterThan(0);
      expect(total, ward.name).toBeGreaterThanOrEqual(12);
      expect(total, ward.name).toBeLessThanOrEqual(16);
    }
  });

  it('has unique codes, and site codes in the form province.ward.L.number', () => {
    expect(new Set(city.zones.map(({ code }) => code)).size).toBe(city.zones.length);
    for (const { code } of ofKind('cluster')) expect(code).toMatch(/^77\.26\d{3}\.L\.\d{4}$/);
  });

  it("puts every cluster on its own ward's land", () => {
    for (const cluster of ofKind('cluster')) {
      const ward = WARDS.find(({ code }) => code === cluster.code.split('.')[1]);
      const rings = ward === undefined ? [] : wardCell(ward);
      expect(
        rings.some((ring) => contains(ring, [cluster.lng, cluster.lat])),
        cluster.code,
      ).toBe(true);
    }
  });

  it('is the same every time it is built', () => {
    expect(buildDemoCity()).toEqual(city);
  });

  it('places the demo receivers in clusters of Phường 1, Phường 2 and Phường Thắng Tam', () => {
    const wards = city.receivers.map(({ id, zoneId }) => [id, byId.get(zoneId)?.code]);
    expect(wards).toEqual([
      ['demo-phuong-1', '77.26506.L.0001'],
      ['demo-phuong-2', '77.26509.L.0001'],
      ['demo-thang-tam', '77.26508.L.0001'],
    ]);
  });
});
