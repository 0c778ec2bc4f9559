import { describe, expect, it } from 'vitest';
import { findChirps, makeChirp, makeChirpSignal } from './chirps.ts';

const toFloat = (samples: Int16Array): Float32Array => Float32Array.from(samples, (value) => value / 32_768);

describe('chirps', () => {
  it('are all found where they are', () => {
    const { samples, starts } = makeChirpSignal(20);
    const found = findChirps(toFloat(samples));
    expect(found).toHaveLength(starts.length);
    found.forEach((at, index) => expect(Math.abs(at - (starts[index] ?? 0))).toBeLessThan(0.05));
  });

  it.each([0.1, 0.37, 0.5, 0.9])('are found at %d of a sample to a hundredth of one', (fraction) => {
    const chirp = makeChirp();
    const moved = new Float32Array(9_600);
    // Far finer than the detector: interpolated by cubic pieces at a hundredth of the chirp's shortest period.
    for (let index = 2; index < chirp.length - 2; index += 1) {
      const [a, b, c, d] = [chirp[index - 2] ?? 0, chirp[index - 1] ?? 0, chirp[index] ?? 0, chirp[index + 1] ?? 0];
      const t = 1 - fraction;
      moved[2_000 + index] = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
    }
    const [at] = findChirps(moved);
    expect(Math.abs((at ?? 0) - 2_000 - fraction)).toBeLessThan(0.02);
  });

  it('are irregular: no two gaps that follow each other are alike', () => {
    const { starts } = makeChirpSignal(60);
    const gaps = starts.slice(1).map((at, index) => at - (starts[index] ?? 0));
    expect(gaps.slice(1).every((gap, index) => Math.abs(gap - (gaps[index] ?? 0)) > 48)).toBe(true);
  });
});
