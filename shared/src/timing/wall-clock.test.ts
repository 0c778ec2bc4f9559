import { describe, expect, it } from 'vitest';
import { wallClockCorrection } from './wall-clock.ts';

describe('TL8: the server’s time and the wall clock', () => {
  it.each([0, 3, -5])('an error of %d ms is left alone', (error) => {
    expect(wallClockCorrection(error, 1_000, true)).toBe(0);
    expect(wallClockCorrection(error, 1_000, false)).toBe(0);
  });

  it.each([6, -40, 3_600_000])('%d ms are set at once while nothing is on air', (error) => {
    expect(wallClockCorrection(error, 1_000, true)).toBe(error);
  });

  it('while something is on air the time is slewed, never faster than a source’s stamps', () => {
    expect(wallClockCorrection(3_600_000, 1_000, false)).toBe(0.5);
    expect(wallClockCorrection(-40, 2_000, false)).toBe(-1);
    expect(wallClockCorrection(40, -10, false)).toBe(0);
  });

  it('it gets there', () => {
    let error = 40;
    for (let second = 0; second < 80; second++) error -= wallClockCorrection(error, 1_000, false);
    expect(Math.abs(error)).toBeLessThanOrEqual(5.5);
  });
});
