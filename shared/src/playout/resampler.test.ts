import { describe, expect, it } from 'vitest';
import { REACH_SAMPLES, resample } from './resampler.ts';

const tone = (hz: number, length: number): Float32Array =>
  Float32Array.from({ length }, (_value, index) => Math.sin((2 * Math.PI * hz * index) / 48_000));

/** The largest deviation from the tone at the places that were asked for. */
function worstError(hz: number, step: number): number {
  const line = tone(hz, 50_000);
  const out = new Float32Array(48_000);
  resample(line, 100.25, step, out);
  return out.reduce((worst, value, index) => {
    const wanted = Math.sin((2 * Math.PI * hz * (100.25 + index * step)) / 48_000);
    return Math.max(worst, Math.abs(value - wanted));
  }, 0);
}

describe('resampler', () => {
  it('PO26: copies where place and step are whole', () => {
    const line = Float32Array.from({ length: 64 }, (_value, index) => Math.sin(index * index));
    const out = new Float32Array(20);
    resample(line, 11, 1, out);
    expect([...out]).toEqual([...line.subarray(11, 31)]);
  });

  it.each([
    [300, 1.002],
    [1_000, 0.9995],
    [4_000, 1.00005],
    [8_000, 1.0002],
    [12_000, 0.998],
  ])('PO26: a tone of %d Hz comes out as it is, 60 dB above whatever else, at a step of %d', (hz, step) => {
    expect(worstError(hz, step)).toBeLessThan(0.001);
  });

  it('PO26: a constant stays what it is', () => {
    const out = new Float32Array(500);
    resample(new Float32Array(600).fill(0.5), REACH_SAMPLES, 1.0007, out);
    expect(out.every((value) => Math.abs(value - 0.5) < 1e-6)).toBe(true);
  });
});
