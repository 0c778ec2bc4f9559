import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createServerClock } from './clock.ts';

const silent = pino({ level: 'silent' });

/** A clock over a wall clock and a monotonic one that the test moves. */
function createTestClock() {
  const at = { wall: 1_700_000_000_000, monotonic: 5_000 };
  const clock = createServerClock(
    silent,
    () => at.wall,
    () => at.monotonic,
  );
  return {
    clock,
    pass(ms: number) {
      at.wall += ms;
      at.monotonic += ms;
    },
    stepWall: (ms: number) => void (at.wall += ms),
    error: () => at.wall - clock.now(),
  };
}

describe('TL8: the server’s clock', () => {
  it('begins at the wall clock and is not moved by a step of it', () => {
    const { clock, pass, stepWall } = createTestClock();
    pass(250);
    expect(clock.now()).toBe(1_700_000_000_250);
    stepWall(90_000);
    expect(clock.now()).toBe(1_700_000_000_250);
  });

  it('is set to the wall clock when nothing is on air', () => {
    const { clock, pass, stepWall, error } = createTestClock();
    stepWall(-90_000);
    pass(1_000);
    expect(clock.settings).toBe(0);
    expect(clock.look(true)).toBe(true);
    expect(error()).toBe(0);
    expect(clock.settings).toBe(1);
    expect(clock.look(true)).toBe(false);
  });

  it('is slewed towards it while something is', () => {
    const { clock, pass, stepWall, error } = createTestClock();
    stepWall(90_000);
    for (let second = 0; second < 10; second++) {
      pass(1_000);
      expect(clock.look(false)).toBe(false);
    }
    expect(error()).toBe(90_000 - 5);
  });
});
