import { afterAll, describe, expect, it } from 'vitest';
import { chance } from '../../receiver/test/support/chirps.ts';
import { openDistortionMeter, SAME_SOUND_DB } from './distortion.ts';

const meter = await openDistortionMeter();
afterAll(() => meter.close());

const next = chance(11);
const clean = Float32Array.from({ length: 48_000 }, () => next() - 0.5);

describe('the distortion of a sound', () => {
  it('is none against itself', async () => {
    expect(await meter.measure(clean, clean)).toBe(SAME_SOUND_DB);
  });

  it('is the ratio of the energies of the sound and the difference, in dB', async () => {
    const heard = clean.map((value, n) => (n % 100 < 10 ? 0 : value));
    const energy = (sound: Float32Array): number => sound.reduce((sum, value) => sum + value * value, 0);
    const difference = clean.map((value, n) => value - (heard[n] ?? 0));
    const ratio = 10 * Math.log10(energy(clean) / energy(difference));
    expect(await meter.measure(clean, heard)).toBeCloseTo(ratio, 2);
  });
});
