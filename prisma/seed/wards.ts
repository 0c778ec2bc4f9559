/** A ward of Vũng Tàu as it was in 2023. Population: census of 1 April 2019; area in km², approximate. */
export interface WardData {
  readonly code: string;
  readonly name: string;
  readonly lat: number;
  readonly lng: number;
  readonly population: number;
  readonly areaKm2: number;
}

const ward = (code: string, name: string, lat: number, lng: number, population: number, areaKm2: number): WardData => ({
  code,
  name,
  lat,
  lng,
  population,
  areaKm2,
});

/** Long Sơn is the only rural commune: its neighbourhoods are hamlets, and it lies on islands of its own. */
export const ISLAND_WARD_CODE = '26545';

/** There was no Phường 6. */
export const WARDS: readonly WardData[] = [
  ward('26506', 'Phường 1', 10.3523, 107.0702, 7_372, 1.64),
  ward('26508', 'Phường Thắng Tam', 10.3434, 107.0915, 17_967, 2.44),
  ward('26509', 'Phường 2', 10.3341, 107.0852, 14_471, 2.9),
  ward('26512', 'Phường 3', 10.3489, 107.082, 18_878, 0.91),
  ward('26515', 'Phường 4', 10.3545, 107.079, 16_473, 0.81),
  ward('26518', 'Phường 5', 10.3757, 107.0628, 14_836, 4.34),
  ward('26521', 'Phường Thắng Nhì', 10.3723, 107.0724, 22_292, 2.68),
  ward('26524', 'Phường 7', 10.3639, 107.0805, 28_137, 1.61),
  ward('26526', 'Phường Nguyễn An Ninh', 10.3622, 107.095, 20_069, 4.6),
  ward('26527', 'Phường 8', 10.3564, 107.0938, 22_025, 2.11),
  ward('26530', 'Phường 9', 10.3741, 107.0923, 12_796, 3.29),
  ward('26533', 'Phường Thắng Nhất', 10.3891, 107.1017, 35_012, 5.29),
  ward('26535', 'Phường Rạch Dừa', 10.4009, 107.116, 19_790, 4.04),
  ward('26536', 'Phường 10', 10.3779, 107.1219, 25_586, 3.99),
  ward('26539', 'Phường 11', 10.4017, 107.1307, 34_069, 10.52),
  ward('26542', 'Phường 12', 10.4214, 107.1662, 31_779, 36.07),
  ward(ISLAND_WARD_CODE, 'Xã Long Sơn', 10.4533, 107.0956, 15_572, 53.72),
];
