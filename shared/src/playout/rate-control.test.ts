import { describe, expect, it } from 'vitest';
import { DEAD_BAND_SAMPLES, MAX_DRIFT_PPM, MAX_FIRST_RATE_PPM, MAX_RATE_PPM, RateControl } from './rate-control.ts';

const BLOCK = 480;

/** Errors in ms after each block of 10 ms, for an output whose clock drifts and whose position begins wrong by `errorMs`. */
function follow(
  control: RateControl,
  options: {
    seconds: number;
    driftPpm?: number;
    errorMs?: number;
    noiseMs?: (block: number) => number;
    isFirst?: boolean;
  },
): { errors: number[]; rates: number[] } {
  const { seconds, driftPpm = 0, noiseMs = () => 0, isFirst = false } = options;
  let error = (options.errorMs ?? 0) * 48;
  const errors: number[] = [];
  const rates: number[] = [];
  for (let block = 0; block < seconds * 100; block += 1) {
    const step = control.next(error + noiseMs(block) * 48, BLOCK, isFirst);
    error += BLOCK * (1 + driftPpm / 1e6) - BLOCK * step;
    errors.push(error / 48);
    rates.push((step - 1) * 1e6);
  }
  return { errors, rates };
}

const worst = (values: readonly number[]): number => Math.max(...values.map(Math.abs));

describe('rate control', () => {
  it.each([-200, -50, 50, 200])(
    'PO27: a card that drifts by %d ppm is never off by 0.2 ms, and soon not at all',
    (driftPpm) => {
      const control = new RateControl();
      const { errors } = follow(control, { seconds: 60, driftPpm });
      expect(worst(errors)).toBeLessThan(0.2);
      expect(worst(errors.slice(2_000))).toBeLessThan(0.02);
      expect(control.driftPpm).toBeCloseTo(driftPpm, -1);
    },
  );

  it('PO27: 5 ms are taken up within the bound, and without going far beyond', () => {
    const { errors, rates } = follow(new RateControl(), { seconds: 20, errorMs: 5 });
    expect(worst(rates)).toBeLessThanOrEqual(MAX_RATE_PPM + 1e-6);
    expect(worst(errors.slice(600))).toBeLessThan(0.4);
    expect(Math.min(...errors)).toBeGreaterThan(-0.4);
    expect(worst(errors.slice(1_500))).toBeLessThan(0.05);
  });

  it.each([-7.6, 7.6, 15])(
    'PO30: %d ms at the start are taken up within two seconds, without going beyond',
    (errorMs) => {
      const { errors, rates } = follow(new RateControl(), { seconds: 10, errorMs, isFirst: true });
      expect(worst(rates)).toBeLessThanOrEqual(MAX_FIRST_RATE_PPM + 1e-6);
      expect(worst(errors.slice(200))).toBeLessThan(0.15);
      expect(Math.min(...errors.map((error) => error * Math.sign(errorMs)))).toBeGreaterThan(-0.1);
    },
  );

  it('PO27: does not wind up while it is at its bound', () => {
    const control = new RateControl();
    follow(control, { seconds: 60, driftPpm: 10_000 });
    expect(Math.abs(control.driftPpm)).toBeLessThanOrEqual(MAX_DRIFT_PPM);
  });

  it('PO27: an error that may come from rounding changes nothing', () => {
    const control = new RateControl();
    for (let block = 0; block < 1_000; block += 1) {
      expect(control.next(block % 2 === 0 ? DEAD_BAND_SAMPLES : -DEAD_BAND_SAMPLES, BLOCK)).toBe(1);
    }
  });

  it('PO27: what scatters by a millisecond moves the sound by a fraction of that', () => {
    let seed = 7;
    const noiseMs = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647 - 0.5;
    const { errors } = follow(new RateControl(), { seconds: 60, driftPpm: 50, noiseMs });
    expect(worst(errors.slice(2_000))).toBeLessThan(0.15);
  });
});
