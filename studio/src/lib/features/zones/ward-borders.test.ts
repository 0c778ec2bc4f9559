import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { cityMapSchema } from './city-map.ts';
import { bordersOf } from './ward-borders.ts';

test('PO73: wards of the drawing that share two corners share a border; one corner, the land and the ward itself do not count', () => {
  const text = readFileSync(new URL('../../../../static/map/vung-tau.geojson', import.meta.url), 'utf8');
  const isBorder = bordersOf(cityMapSchema.parse(JSON.parse(text)));
  const [ward1, ward2, ward3, thangTam, longSon, land] = ['26506', '26509', '26512', '26508', '26545', '747'];
  expect([isBorder(ward1, ward3), isBorder(ward3, ward1), isBorder(ward2, thangTam)]).toEqual([true, true, true]);
  expect([isBorder(ward1, ward2), isBorder(ward1, longSon), isBorder(ward1, land)]).toEqual([false, false, false]);
  expect([isBorder(ward1, ward1), isBorder(ward1, 'unknown')]).toEqual([false, false]);
});
