import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cityMapSchema, clampView, coordinatesOf, fitLabels, projectionFor, shapesOf } from './city-map.ts';

const SQUARE = cityMapSchema.parse({
  features: [
    {
      properties: { kind: 'ward', code: '1', name: 'Phường 1' },
      geometry: {
        type: 'Polygon',
        coordinates: [
          [
            [0, 0],
            [1, 0],
            [1, 1],
            [0, 0],
          ],
        ],
      },
    },
  ],
});

describe('city map', () => {
  test('the drawing that is delivered can be read', () => {
    const text = readFileSync(new URL('../../../../static/map/vung-tau.geojson', import.meta.url), 'utf8');
    const map = cityMapSchema.parse(JSON.parse(text));
    expect(map.features.filter((feature) => feature.properties.kind === 'ward')).toHaveLength(17);
  });

  test('north is up and east is right', () => {
    const projection = projectionFor(coordinatesOf(SQUARE));
    if (!projection) throw new Error('no projection');
    expect(projection.project(1, 1).x).toBeGreaterThan(projection.project(0, 1).x);
    expect(projection.project(0, 1).y).toBeLessThan(projection.project(0, 0).y);
    expect(shapesOf(SQUARE, projection)[0]?.path).toMatch(/^M[\d. L]+Z$/);
  });

  test('without points there is nothing to draw', () => {
    expect(projectionFor([])).toBeNull();
  });

  test('of two labels that would touch the earlier one stays', () => {
    const labels = [
      { id: 'a', text: 'Phường 1', x: 100, y: 0 },
      { id: 'b', text: 'Phường 2', x: 105, y: 5 },
      { id: 'c', text: 'Phường 3', x: 0, y: 100 },
    ];
    const placed = fitLabels(labels, 12, 1000);
    expect(placed.map((label) => label.id)).toEqual(['a', 'c']);
    // The label of what lies at the edge is moved inside.
    expect(placed[1]?.x).toBeGreaterThan(20);
  });

  test('the view stays inside the drawing', () => {
    const size = { width: 1000, height: 800 };
    expect(clampView({ x: -50, y: 9_999, zoom: 2 }, size)).toEqual({ x: 250, y: 600, zoom: 2 });
    expect(clampView({ x: 1, y: 1, zoom: 0.1 }, size)).toEqual({ x: 500, y: 400, zoom: 1 });
    expect(clampView({ x: 500, y: 400, zoom: 99 }, size).zoom).toBe(8);
  });
});
