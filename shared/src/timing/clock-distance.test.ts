import { describe, expect, it } from 'vitest';
import { isOutOfStep, MAX_CLOCK_DISTANCE_MS } from './clock-distance.ts';

describe('ND40: clocks of two nodes', () => {
  it.each([
    [MAX_CLOCK_DISTANCE_MS, 0, false],
    [MAX_CLOCK_DISTANCE_MS + 1, 0.5, true],
    [-MAX_CLOCK_DISTANCE_MS - 1, 0.5, true],
    [150, 200, false],
    [-150, 5, true],
  ])('%d ms apart, known to %d ms: out of step %s', (offsetMs, errorMs, expected) => {
    expect(isOutOfStep({ offsetMs, errorMs })).toBe(expected);
  });
});
