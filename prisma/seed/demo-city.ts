import { groupSites, middleOf, placeClusters } from './clusters.ts';
import type { Point } from './geometry.ts';
import { stableId } from './stable-id.ts';
import { ISLAND_WARD_CODE, WARDS, type WardData } from './wards.ts';

export interface ZoneRow {
  readonly id: string;
  readonly parentId: string | null;
  readonly kind: 'city' | 'ward' | 'neighbourhood' | 'cluster';
  readonly code: string;
  readonly name: string;
  readonly lat: number;
  readonly lng: number;
  readonly population: number | null;
  readonly validFrom: Date;
}

export interface ReceiverRow {
  readonly id: string;
  readonly zoneId: string;
  readonly name: string;
  readonly kind: 'loudspeaker';
}

export interface DemoCity {
  /** Parents before children. */
  readonly zones: readonly ZoneRow[];
  readonly receivers: readonly ReceiverRow[];
}

const PROVINCE_CODE = '77';
const CITY_CODE = '747';

/** Midnight in Việt Nam at the start of 2023. */
const VALID_FROM = new Date('2022-12-31T17:00:00Z');

const PEOPLE_PER_NEIGHBOURHOOD = 4_500;
const MIN_CLUSTERS = 12;
const MAX_CLUSTERS = 16;
const PEOPLE_PER_EXTRA_CLUSTER = 7_000;

/** The city's own zone. */
export const CITY_ID = stableId(`city/${CITY_CODE}`);

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));

const siteCode = (wardCode: string, number: number): string =>
  `${PROVINCE_CODE}.${wardCode}.L.${String(number).padStart(4, '0')}`;

/** The receivers that a fresh installation starts by itself, each in the first loudspeaker cluster of its ward. */
export const DEMO_RECEIVERS: readonly ReceiverRow[] = [
  { id: 'demo-phuong-1', wardCode: '26506', name: 'Loa mẫu Phường 1' },
  { id: 'demo-phuong-2', wardCode: '26509', name: 'Loa mẫu Phường 2' },
  { id: 'demo-thang-tam', wardCode: '26508', name: 'Loa mẫu Phường Thắng Tam' },
].map(({ id, wardCode, name }) => ({
  id,
  name,
  kind: 'loudspeaker',
  zoneId: stableId(`cluster/${siteCode(wardCode, 1)}`),
}));

const clusterZone = (wardCode: string, parent: ZoneRow, [lng, lat]: Point, number: number): ZoneRow => ({
  id: stableId(`cluster/${siteCode(wardCode, number)}`),
  parentId: parent.id,
  kind: 'cluster',
  code: siteCode(wardCode, number),
  name: `Cụm loa ${String(number)}`,
  lat,
  lng,
  population: null,
  validFrom: VALID_FROM,
});

const zonesOfWard = (data: WardData): ZoneRow[] => {
  const { code, name, lat, lng, population } = data;
  const ward: ZoneRow = {
    id: stableId(`ward/${code}`),
    parentId: CITY_ID,
    kind: 'ward',
    code,
    name,
    lat,
    lng,
    population,
    validFrom: VALID_FROM,
  };
  const extra = Math.round(population / PEOPLE_PER_EXTRA_CLUSTER);
  const sites = placeClusters(data, clamp(MIN_CLUSTERS + extra - 1, MIN_CLUSTERS, MAX_CLUSTERS));
  const groups = groupSites(sites, clamp(Math.round(population / PEOPLE_PER_NEIGHBOURHOOD), 3, 8));
  const [word, letters] = code === ISLAND_WARD_CODE ? ['Thôn', 'T'] : ['Khu phố', 'KP'];
  let cluster = 0;
  const below = groups.flatMap((group, index): ZoneRow[] => {
    const number = String(index + 1);
    const [middleLng, middleLat] = middleOf(group);
    const neighbourhood: ZoneRow = {
      id: stableId(`neighbourhood/${code}/${number}`),
      parentId: ward.id,
      kind: 'neighbourhood',
      code: `${code}.${letters}${number.padStart(2, '0')}`,
      name: `${word} ${number}`,
      lat: middleLat,
      lng: middleLng,
      population: Math.round(population / groups.length),
      validFrom: VALID_FROM,
    };
    return [neighbourhood, ...group.map((site) => clusterZone(code, neighbourhood, site, (cluster += 1)))];
  });
  return [ward, ...below];
};

/** Vũng Tàu as it was in 2023, always the same. Units and numbers are real; neighbourhoods and sites are made up. */
export const buildDemoCity = (): DemoCity => {
  const city: ZoneRow = {
    id: CITY_ID,
    parentId: null,
    kind: 'city',
    code: CITY_CODE,
    name: 'Thành phố Vũng Tàu',
    lat: 10.38,
    lng: 107.1,
    population: WARDS.reduce((sum, { population }) => sum + population, 0),
    validFrom: VALID_FROM,
  };
  return { zones: [city, ...WARDS.flatMap(zonesOfWard)], receivers: DEMO_RECEIVERS };
};
