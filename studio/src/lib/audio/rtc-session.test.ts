import { expect, test } from 'vitest';
import { retryDelayMs } from './rtc-session.ts';

test('attempts come later and later, up to a bound, and not in step', () => {
  expect([1, 2, 3, 4, 5, 9].map((attempt) => retryDelayMs(attempt, 1))).toEqual([400, 800, 1_600, 3_200, 4_000, 4_000]);
  expect(retryDelayMs(3, 0)).toBe(800);
});
