import { describe, expect, it } from 'vitest';
import { makeChirpSignal } from '../../receiver/test/support/chirps.ts';
import { silentStretches } from './silent-stretches.ts';

const LIMITS = { levelDbfs: -60, shortestMs: 10 };
const sound = Float32Array.from(makeChirpSignal(4).samples, (value) => value / 32_768);
const without = (fromMs: number, ms: number): Float32Array =>
  sound.map((value, n) => (n >= fromMs * 48 && n < (fromMs + ms) * 48 ? 0 : value));

describe('silent stretches', () => {
  it('are none in chirps over a noise', () => {
    expect(silentStretches(sound, LIMITS)).toEqual([]);
  });

  it('are found, with their length in whole windows', () => {
    expect(silentStretches(without(1_000, 20), LIMITS)).toEqual([20]);
    expect(silentStretches(without(1_002, 63), LIMITS)).toEqual([60]);
  });

  it('that are too short to be heard do not count', () => {
    expect(silentStretches(without(1_000, 5), LIMITS)).toEqual([]);
  });

  it('count at the end too', () => {
    expect(silentStretches(without(3_900, 100), LIMITS)).toEqual([100]);
  });
});
