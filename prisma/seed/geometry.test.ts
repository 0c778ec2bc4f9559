import { describe, expect, it } from 'vitest';
import { type Ring, clipNearer, contains, distanceKm, distanceToEdgeKm } from './geometry.ts';

const SQUARE: Ring = [
  [107, 10],
  [107.1, 10],
  [107.1, 10.1],
  [107, 10.1],
];

describe('geometry', () => {
  it('measures one degree of latitude as 111.2 km and shrinks longitude with latitude', () => {
    expect(distanceKm([107, 10], [107, 11])).toBeCloseTo(111.2, 3);
    expect(distanceKm([107, 60], [108, 60])).toBeCloseTo(55.6, 3);
  });

  it('knows inside from outside, also of a ring that goes the other way round', () => {
    for (const ring of [SQUARE, SQUARE.toReversed()]) {
      expect(contains(ring, [107.05, 10.05])).toBe(true);
      expect(contains(ring, [107.15, 10.05])).toBe(false);
      expect(contains(ring, [107.05, 9.99])).toBe(false);
    }
  });

  it('measures the distance to the nearest edge', () => {
    expect(distanceToEdgeKm(SQUARE, [107.05, 10.01])).toBeCloseTo(1.112, 3);
  });

  it('clips to the half that is nearer to the first point', () => {
    const west = clipNearer(SQUARE, [107.02, 10.05], [107.08, 10.05]);
    expect(contains(west, [107.04, 10.05])).toBe(true);
    expect(contains(west, [107.06, 10.05])).toBe(false);
    expect(Math.max(...west.map(([lng]) => lng))).toBeCloseTo(107.05, 9);
  });

  it('keeps all of a ring that is nearer, and nothing of one that is not', () => {
    expect(clipNearer(SQUARE, [107.05, 10.05], [108, 10.05])).toEqual(SQUARE);
    expect(clipNearer(SQUARE, [108, 10.05], [107.05, 10.05])).toEqual([]);
  });
});
