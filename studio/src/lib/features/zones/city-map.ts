import { z } from 'zod';

const positionSchema = z.tuple([z.number(), z.number()]).rest(z.number());
const ringsSchema = z.array(z.array(positionSchema));

const featureSchema = z.object({
  properties: z.object({ kind: z.string().optional(), code: z.string(), name: z.string() }),
  geometry: z.discriminatedUnion('type', [
    z.object({ type: z.literal('Polygon'), coordinates: ringsSchema }),
    z.object({ type: z.literal('MultiPolygon'), coordinates: z.array(ringsSchema) }),
  ]),
});

/** The drawing of the city: land first, then wards. */
export const cityMapSchema = z.object({ features: z.array(featureSchema) });
export type CityMapFile = z.infer<typeof cityMapSchema>;

export const CITY_MAP_URL = '/map/vung-tau.geojson';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Projection {
  readonly width: number;
  readonly height: number;
  project(lng: number, lat: number): Point;
}

export interface MapShape {
  readonly code: string;
  readonly kind: 'land' | 'ward';
  readonly name: string;
  readonly path: string;
}

const MAP_WIDTH = 1000;
const MARGIN = 24;

/** Equirectangular around the middle of the points: at the size of a city nobody sees the difference to better ones. */
export function projectionFor(points: readonly (readonly [lng: number, lat: number])[]): Projection | null {
  if (points.length === 0) return null;
  const lngs = points.map(([lng]) => lng);
  const lats = points.map(([, lat]) => lat);
  const [west, east] = [Math.min(...lngs), Math.max(...lngs)];
  const [south, north] = [Math.min(...lats), Math.max(...lats)];
  const squeeze = Math.cos(((south + north) / 2) * (Math.PI / 180));
  const scale = (MAP_WIDTH - 2 * MARGIN) / Math.max((east - west) * squeeze, 1e-6);
  return {
    width: MAP_WIDTH,
    height: (north - south) * scale + 2 * MARGIN,
    project: (lng, lat) => ({ x: MARGIN + (lng - west) * squeeze * scale, y: MARGIN + (north - lat) * scale }),
  };
}

export function coordinatesOf(map: CityMapFile): readonly (readonly [number, number])[] {
  return map.features.flatMap((feature) =>
    polygonsOf(feature).flatMap((rings) => rings.flatMap((ring) => ring.map(([lng, lat]) => [lng, lat] as const))),
  );
}

export function shapesOf(map: CityMapFile, projection: Projection): readonly MapShape[] {
  return map.features.map((feature) => ({
    code: feature.properties.code,
    name: feature.properties.name,
    kind: feature.properties.kind === 'land' ? 'land' : 'ward',
    path: polygonsOf(feature)
      .flatMap((rings) => rings.map((ring) => toPath(ring, projection)))
      .join(''),
  }));
}

function polygonsOf(feature: CityMapFile['features'][number]) {
  const { geometry } = feature;
  return geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
}

function toPath(ring: readonly (readonly [number, number, ...number[]])[], projection: Projection): string {
  const points = ring.map(([lng, lat]) => {
    const { x, y } = projection.project(lng, lat);
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  return `M${points.join('L')}Z`;
}

export interface Label extends Point {
  readonly id: string;
  readonly text: string;
}

/** Mean width of a letter over the font size. */
const LETTER_WIDTH = 0.56;

/** Labels that can be shown without touching an earlier one, moved inside the drawing; sizes are those of this zoom. */
export function fitLabels(labels: readonly Label[], fontSize: number, width: number): readonly Label[] {
  const placed: Label[] = [];
  for (const wanted of labels) {
    const half = (wanted.text.length / 2) * fontSize * LETTER_WIDTH;
    const label = { ...wanted, x: Math.min(width - half, Math.max(half, wanted.x)) };
    const clashes = placed.some(
      (other) =>
        Math.abs(other.y - label.y) < fontSize * 1.25 &&
        Math.abs(other.x - label.x) < half + (other.text.length / 2) * fontSize * LETTER_WIDTH + fontSize * 0.4,
    );
    if (!clashes) placed.push(label);
  }
  return placed;
}

/** What is looked at: the middle of the view and how many times it is enlarged. */
export interface MapView {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

export const MAX_ZOOM = 8;

/** Keeps the zoom in bounds and the drawing inside the frame. */
export function clampView(view: MapView, size: { readonly width: number; readonly height: number }): MapView {
  const zoom = Math.min(MAX_ZOOM, Math.max(1, view.zoom));
  const halfWidth = size.width / zoom / 2;
  const halfHeight = size.height / zoom / 2;
  return {
    zoom,
    x: Math.min(size.width - halfWidth, Math.max(halfWidth, view.x)),
    y: Math.min(size.height - halfHeight, Math.max(halfHeight, view.y)),
  };
}
