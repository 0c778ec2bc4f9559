import fc from 'fast-check';
import { expect, it } from 'vitest';
import { retryDelayMs } from './redis-client.ts';

it('EL9: attempts to connect come at growing times that differ by chance, and go on for ever', () => {
  const chance = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
  fc.assert(
    fc.property(fc.nat({ max: 5_000 }), chance, (attempt, random) => {
      const delay = retryDelayMs(attempt, random);
      expect(delay).toBeGreaterThanOrEqual(25);
      expect(delay).toBeLessThanOrEqual(1_000);
    }),
  );
  expect([0, 1, 2].map((attempt) => retryDelayMs(attempt, 0))).toEqual([25, 50, 100]);
  expect(retryDelayMs(3, 0.9)).not.toBe(retryDelayMs(3, 0.1));
});
