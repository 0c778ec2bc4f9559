import { type Point, contains, distanceKm, distanceToEdgeKm } from './geometry.ts';
import { wardCell } from './ward-cells.ts';
import type { WardData } from './wards.ts';

const SHORE_MARGIN_KM = 0.05;
const MIN_SPACING_KM = 0.12;
const CANDIDATES = 4_000;

/** Halton's sequence: fills an area evenly, without chance. */
const halton = (index: number, base: number): number => {
  let result = 0;
  for (let i = index, fraction = 1 / base; i > 0; i = Math.floor(i / base), fraction /= base) {
    result += fraction * (i % base);
  }
  return result;
};

/** Deterministic, evenly spread sites on a ward's land, the one nearest to its centre first. */
export const placeClusters = (ward: WardData, count: number): Point[] => {
  const cell = wardCell(ward);
  const lngs = cell.flat().map(([lng]) => lng);
  const lats = cell.flat().map(([, lat]) => lat);
  const [west, south] = [Math.min(...lngs), Math.min(...lats)];
  const [width, height] = [Math.max(...lngs) - west, Math.max(...lats) - south];
  const centre: Point = [ward.lng, ward.lat];
  // People live near the centre, also where the ward is mostly marsh.
  const reachKm = Math.sqrt(ward.areaKm2 / Math.PI);
  const sites: Point[] = [];
  for (let index = 1; index < CANDIDATES && sites.length < count; index++) {
    const lng = Number((west + halton(index, 2) * width).toFixed(5));
    const lat = Number((south + halton(index, 3) * height).toFixed(5));
    const site: Point = [lng, lat];
    const onLand = cell.some((ring) => contains(ring, site) && distanceToEdgeKm(ring, site) > SHORE_MARGIN_KM);
    if (!onLand || distanceKm(site, centre) > reachKm) continue;
    if (sites.every((taken) => distanceKm(taken, site) > MIN_SPACING_KM)) sites.push(site);
  }
  return sites.sort((one, other) => distanceKm(one, centre) - distanceKm(other, centre));
};

/** Splits sites into `count` neighbourhoods: seeds as far apart as possible, every site with its nearest seed. */
export const groupSites = (sites: readonly Point[], count: number): Point[][] => {
  const seeds: Point[] = sites.slice(0, 1);
  const nearestSeedKm = (site: Point): number => Math.min(...seeds.map((seed) => distanceKm(seed, site)));
  while (seeds.length < Math.min(count, sites.length)) {
    seeds.push(sites.reduce((far, site) => (nearestSeedKm(site) > nearestSeedKm(far) ? site : far)));
  }
  const groups = seeds.map((): Point[] => []);
  for (const site of sites) {
    const distances = seeds.map((seed) => distanceKm(seed, site));
    groups[distances.indexOf(Math.min(...distances))]?.push(site);
  }
  return groups;
};

/** Mean position. */
export const middleOf = (sites: readonly Point[]): Point => {
  const mean = (values: readonly number[]): number =>
    Number((values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(5));
  return [mean(sites.map(([lng]) => lng)), mean(sites.map(([, lat]) => lat))];
};
