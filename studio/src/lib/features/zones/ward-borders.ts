import type { CityMapFile } from './city-map.ts';

/** So many corners in common make a border; one is a place where several wards meet in a point. */
const BORDER_CORNERS = 2;

/** Wards that share a border in the drawing of the city, by their codes; drawn wards share the corners of it exactly. */
export function bordersOf(map: CityMapFile): (one: string, other: string) => boolean {
  const corners = new Map<string, Set<string>>();
  for (const { properties, geometry } of map.features) {
    if (properties.kind === 'land') continue;
    const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
    corners.set(properties.code, new Set(polygons.flat(2).map(([lng, lat]) => `${lng} ${lat}`)));
  }
  return (one, other) => {
    const [some, others] = [corners.get(one), corners.get(other)];
    if (some === undefined || others === undefined || some === others) return false;
    return [...some].filter((corner) => others.has(corner)).length >= BORDER_CORNERS;
  };
}
