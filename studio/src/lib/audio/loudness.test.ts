import { describe, expect, test } from 'vitest';
import { LOUDNESS_RATE_HZ, LoudnessMeter, SILENCE_DB, type LevelReading } from './loudness.ts';

function measure(signal: (second: number) => number, seconds: number): LevelReading {
  const samples = Float32Array.from({ length: LOUDNESS_RATE_HZ * seconds }, (_, i) => signal(i / LOUDNESS_RATE_HZ));
  const meter = new LoudnessMeter();
  let last: LevelReading | null = null;
  meter.push(samples, (reading) => (last = reading));
  if (last === null) throw new Error('no reading');
  return last;
}

describe('LoudnessMeter', () => {
  test('a full-scale 997 Hz sine in one channel reads -3.01 LUFS, as BS.1770 states', () => {
    const reading = measure((t) => Math.sin(2 * Math.PI * 997 * t), 1);
    expect(reading.momentaryLufs).toBeCloseTo(-3.01, 1);
    expect(reading.peakDbfs).toBeCloseTo(0, 1);
  });

  test('ten times weaker reads 20 dB less', () => {
    expect(measure((t) => 0.1 * Math.sin(2 * Math.PI * 997 * t), 1).momentaryLufs).toBeCloseTo(-23.01, 1);
  });

  test('rumble below speech counts less than its peak suggests', () => {
    const reading = measure((t) => 0.5 * Math.sin(2 * Math.PI * 30 * t), 1);
    expect(reading.peakDbfs).toBeCloseTo(-6, 0);
    expect(reading.momentaryLufs).toBeLessThan(-15);
  });

  test('silence has a floor instead of minus infinity', () => {
    expect(measure(() => 0, 1)).toEqual({ peakDbfs: SILENCE_DB, momentaryLufs: SILENCE_DB });
  });
});
