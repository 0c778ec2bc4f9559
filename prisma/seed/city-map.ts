import type { Ring } from './geometry.ts';
import { ISLANDS, MAINLAND } from './outline.ts';
import { wardCell } from './ward-cells.ts';
import { WARDS } from './wards.ts';

const NOTE =
  'Approximate drawing made for Loa: a hand-drawn coast, and wards as the land nearest to their centres. Not a legal boundary, not for measuring.';

const DECIMALS = 5;

const signedArea = (ring: Ring): number =>
  ring.reduce((sum, [lng, lat], index) => {
    const [nextLng, nextLat] = ring[(index + 1) % ring.length] ?? [lng, lat];
    return sum + lng * nextLat - nextLng * lat;
  }, 0);

/** GeoJSON (RFC 7946) wants outer rings counter-clockwise, and the first point again at the end. */
const toCoordinates = (ring: Ring): number[][] => {
  const ordered = signedArea(ring) < 0 ? ring.toReversed() : ring;
  return [...ordered, ...ordered.slice(0, 1)].map((point) => point.map((value) => Number(value.toFixed(DECIMALS))));
};

const toFeature = (properties: Readonly<Record<string, string>>, rings: readonly Ring[]): object => ({
  type: 'Feature',
  properties,
  geometry: { type: 'MultiPolygon', coordinates: rings.map((ring) => [toCoordinates(ring)]) },
});

/** The map that the studio draws without any tile server: the land first, then the wards on it. */
export const buildCityMap = (): object => ({
  type: 'FeatureCollection',
  note: NOTE,
  license: 'Apache-2.0',
  features: [
    toFeature({ kind: 'land', code: '747', name: 'Thành phố Vũng Tàu' }, [MAINLAND, ...ISLANDS]),
    ...WARDS.map((ward) => toFeature({ kind: 'ward', code: ward.code, name: ward.name }, wardCell(ward))),
  ],
});

/** One feature per line, so that a change shows in a diff. */
export const cityMapText = (): string => {
  const { features, ...rest } = buildCityMap() as { features: object[] };
  const lines = features.map((feature) => JSON.stringify(feature)).join(',\n');
  return `${JSON.stringify(rest).slice(0, -1)},"features":[\n${lines}\n]}\n`;
};
