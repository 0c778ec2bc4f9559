import { describe, expect, it } from 'vitest';
import { CLOCK_SAMPLE_LIFE_MS, NO_CLOCK, noteClockSample, type ClockState } from './clock-offset.ts';

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
    expect(set.state.estimate?.offsetMs).toBeCloseTo(1_000, 6);
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
});
