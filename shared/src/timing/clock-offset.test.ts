import { describe, expect, it } from 'vitest';
import {
  CLOCK_SAMPLE_LIFE_MS,
  NO_CLOCK,
  noteClockSample,
  offsetAt,
  probePauseMs,
  type ClockState,
} from './clock-offset.ts';

/** A probe sent at `at`, whose ways there and back take so long, against a server that is `offset` ms ahead. */
function probe(at: number, there: number, back: number, offset: number) {
  return { sentAtMs: at, serverTimeMs: at + there + offset, receivedAtMs: at + there + back };
}

function run(samples: ReturnType<typeof probe>[], from: ClockState = NO_CLOCK) {
  return samples.reduce(
    (seen, sample) => {
      const { state, steppedMs } = noteClockSample(seen.state, sample);
      return { state, steps: steppedMs === 0 ? seen.steps : [...seen.steps, steppedMs] };
    },
    { state: from, steps: [] as number[] },
  );
}

describe('clock offset', () => {
  it('PO21: probes that were held up on one way do not move the estimate', () => {
    const { state, steps } = run([
      probe(0, 2, 2, 5_000),
      probe(1_000, 60, 2, 5_000),
      probe(2_000, 2, 3, 5_000),
      probe(3_000, 2, 90, 5_000),
      probe(4_000, 3, 2, 5_000),
    ]);
    expect(Math.abs((state.estimate?.offsetMs ?? 0) - 5_000)).toBeLessThanOrEqual(0.5);
    expect(state.estimate?.errorMs).toBeLessThan(4);
    expect(steps).toEqual([]);
  });

  it('PO21: the true offset lies within the stated error', () => {
    const { state } = run([probe(0, 9, 1, -300), probe(1_000, 1, 10, -300), probe(2_000, 8, 3, -300)]);
    const { offsetMs, errorMs } = state.estimate ?? { offsetMs: 0, errorMs: 0 };
    expect(Math.abs(offsetMs + 300)).toBeLessThanOrEqual(errorMs);
  });

  it('PO21: drift is followed without a step, a clock that was set is reported as one', () => {
    const drifting = Array.from({ length: 60 }, (_, index) => probe(index * 10_000, 2, 2, index * 0.5));
    const drifted = run(drifting);
    expect(drifted.steps).toEqual([]);
    expect(Math.abs((drifted.state.estimate?.offsetMs ?? 0) - 59 * 0.5)).toBeLessThan(4);
    const set = run([probe(610_000, 2, 2, 1_000)], drifted.state);
    expect(set.steps).toHaveLength(1);
    expect(set.state.estimate?.offsetMs).toBeCloseTo(1_000, 3);
  });

  it('PO21: samples from before a long gap are forgotten', () => {
    const before = run([probe(0, 1, 1, 100)]);
    const after = run([probe(CLOCK_SAMPLE_LIFE_MS * 2, 5, 5, 110)], before.state);
    expect(after.state.samples).toHaveLength(1);
    expect(after.state.estimate?.offsetMs).toBeCloseTo(110, 6);
  });

  it('PO21: a sample that ends before it began is not believed', () => {
    const { state } = run([{ sentAtMs: 10, serverTimeMs: 0, receivedAtMs: 5 }]);
    expect(state).toBe(NO_CLOCK);
  });

  it('PO21: the quickest way there and the quickest way back count, though no probe had both', () => {
    const { state } = run([probe(0, 10, 30, 700), probe(1_000, 30, 10, 700), probe(2_000, 25, 25, 700)]);
    expect(state.estimate?.offsetMs).toBeCloseTo(700, 9);
    expect(state.estimate?.errorMs).toBeCloseTo(10, 9);
  });

  it('PO21: on a link of 20 ± 10 ms the offset is known to a millisecond within seconds, and to half of one then', () => {
    let seed = 3;
    const jitter = (): number => 10 + ((seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647) * 20;
    let state = NO_CLOCK;
    const errors: number[] = [];
    for (let at = 0; at < 200_000; at += at < 6_000 ? 150 : 2_000) {
      state = noteClockSample(state, probe(at, jitter(), jitter(), -80)).state;
      errors.push(Math.abs((state.estimate?.offsetMs ?? 0) + 80));
    }
    expect(Math.max(...errors.slice(30))).toBeLessThan(1);
    expect(Math.max(...errors.slice(90))).toBeLessThan(0.5);
    expect(probePauseMs(20, state.estimate?.jitterMs ?? 0)).toBeLessThan(probePauseMs(20, 0));
  });

  it.each([-100, 30, 500])('PO21: a drift of %d ppm is found, and the offset is that of now', (ppm) => {
    const at = Array.from({ length: 25 }, (_, index) => index * 5_000);
    const ways = [0.4, 0.9, 0.3, 2, 0.35];
    const probes = at.map((ms, index) => probe(ms, ways[index % 5] ?? 1, ways[(index + 2) % 5] ?? 1, (ms * ppm) / 1e6));
    const { state, steps } = run(probes);
    expect(steps).toEqual([]);
    expect(state.estimate?.driftPpm).toBeCloseTo(ppm, -1);
    const estimate = state.estimate ?? { offsetMs: 0, atMs: 0, driftPpm: 0, errorMs: 0, jitterMs: 0 };
    expect(offsetAt(estimate, 125_000)).toBeCloseTo((125_000 * ppm) / 1e6, 0);
    expect(Math.abs(offsetAt(estimate, 125_000) - (125_000 * ppm) / 1e6)).toBeLessThan(0.4);
  });

  it('PO21: probes from before a small step are forgotten as soon as new ones contradict them', () => {
    const before = run(Array.from({ length: 10 }, (_, index) => probe(index * 1_000, 1, 1, 50)));
    const after = run([probe(10_000, 1, 1, 60), probe(11_000, 1, 1, 60)], before.state);
    expect(after.state.samples).toHaveLength(2);
    expect(after.state.estimate?.offsetMs).toBeCloseTo(60, 3);
  });
});
