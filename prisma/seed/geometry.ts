/** [longitude, latitude] in degrees. */
export type Point = readonly [lng: number, lat: number];

/** A closed line without its repeated last point; either direction. */
export type Ring = readonly Point[];

const KM_PER_DEGREE = 111.2;

/** Distance in kilometres, on a plane: fine within one city. */
export const distanceKm = ([lngA, latA]: Point, [lngB, latB]: Point): number => {
  const shrink = Math.cos((((latA + latB) / 2) * Math.PI) / 180);
  return Math.hypot((lngA - lngB) * shrink, latA - latB) * KM_PER_DEGREE;
};

const edgesOf = (ring: Ring): [Point, Point][] =>
  ring.flatMap((from, index): [Point, Point][] => {
    const to = ring[(index + 1) % ring.length];
    return to === undefined ? [] : [[from, to]];
  });

/** Even-odd rule. */
export const contains = (ring: Ring, [lng, lat]: Point): boolean =>
  edgesOf(ring).filter(([[lngA, latA], [lngB, latB]]) => {
    if (latA > lat === latB > lat) return false;
    return lng < lngA + ((lat - latA) / (latB - latA)) * (lngB - lngA);
  }).length %
    2 ===
  1;

/** How far a point is from the nearest edge, in kilometres. */
export const distanceToEdgeKm = (ring: Ring, point: Point): number =>
  Math.min(
    ...edgesOf(ring).map(([a, b]) => {
      const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
      const along = ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / (dx * dx + dy * dy);
      const t = Math.max(0, Math.min(1, along));
      return distanceKm(point, [a[0] + t * dx, a[1] + t * dy]);
    }),
  );

/** The part of a ring that is nearer to `own` than to `other` (Sutherland and Hodgman's clipping at one straight line). */
export const clipNearer = (ring: Ring, own: Point, other: Point): Ring => {
  const normal = [other[0] - own[0], other[1] - own[1]] as const;
  const limit = (other[0] ** 2 - own[0] ** 2 + (other[1] ** 2 - own[1] ** 2)) / 2;
  const side = ([lng, lat]: Point): number => lng * normal[0] + lat * normal[1] - limit;
  return edgesOf(ring).flatMap(([from, to]): Point[] => {
    const [a, b] = [side(from), side(to)];
    const kept: Point[] = a <= 0 ? [from] : [];
    if (a < 0 !== b < 0 && a !== 0 && b !== 0) {
      const t = a / (a - b);
      kept.push([from[0] + t * (to[0] - from[0]), from[1] + t * (to[1] - from[1])]);
    }
    return kept;
  });
};
