import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cityMapText } from './city-map.ts';
import { contains } from './geometry.ts';
import { wardCell } from './ward-cells.ts';
import { WARDS } from './wards.ts';

describe('city map', () => {
  it('is what the studio has: run `npm run map` after a change', () => {
    const file = new URL('../../studio/static/map/vung-tau.geojson', import.meta.url);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(cityMapText()));
  });

  it('says that it is approximate and our own', () => {
    expect(JSON.parse(cityMapText())).toMatchObject({
      note: expect.stringContaining('Approximate') as string,
      license: 'Apache-2.0',
    });
  });

  it('has the centre of every ward inside its own land and no other', () => {
    for (const { lng, lat, name } of WARDS) {
      const owners = WARDS.filter((ward) => wardCell(ward).some((ring) => contains(ring, [lng, lat])));
      expect(owners.map((owner) => owner.name)).toEqual([name]);
    }
  });
});
