import { describe, expect, it } from 'vitest';
import { MAX_CATCH_UP_MS, SampleClock } from './sample-clock.ts';

describe('clock of a sink without one', () => {
  it('catches up exactly after late timers', () => {
    const clock = new SampleClock();
    let heardAtMs = 1_000;
    let total = 0;
    for (const now of [1_000, 1_007, 1_250, 1_251.5, 1_900]) {
      const demand = clock.demand(now);
      expect(demand.heardAtMs).toBeCloseTo(heardAtMs, 6);
      clock.take(demand.frames);
      heardAtMs += demand.frames / 48;
      total += demand.frames;
    }
    expect(total).toBe(900 * 48);
  });

  it('is ahead by its lead', () => {
    const clock = new SampleClock(30);
    expect(clock.demand(0).frames).toBe(30 * 48);
  });

  it('begins anew after the process stood still for long', () => {
    const clock = new SampleClock();
    clock.demand(0);
    const after = MAX_CATCH_UP_MS + 5_000;
    expect(clock.demand(after)).toEqual({ frames: 0, heardAtMs: after });
    expect(clock.demand(after + 10).frames).toBe(480);
  });
});
