import { describe, expect, it } from 'vitest';
import { createPolicer, MAX_BYTES_PER_S, MAX_PACKETS_PER_S } from './policer.ts';

/** How many of the packets that come every `stepMs` for `seconds` pass. */
function passed(stepMs: number, bytes: number, seconds: number): number {
  const policer = createPolicer(0);
  let count = 0;
  for (let now = 0; now < seconds * 1_000; now += stepMs) if (policer.admit(bytes, now)) count += 1;
  return count;
}

describe('the policer', () => {
  it.each([
    ['20 ms of speech', 20, 120],
    ['10 ms frames', 10, 80],
    ['20 ms at 320 kbit/s', 20, 824],
  ])('lets %s through for ever', (_, stepMs, bytes) => {
    expect(passed(stepMs, bytes, 60)).toBe(60_000 / stepMs);
  });

  it('bounds packets', () => {
    const count = passed(0.2, 50, 10);
    expect(count).toBeLessThanOrEqual(MAX_PACKETS_PER_S * 10.5);
    expect(count).toBeGreaterThan(MAX_PACKETS_PER_S * 9.5);
  });

  it('bounds bytes', () => {
    expect(passed(10, 1_200, 10) * 1_200).toBeLessThanOrEqual(MAX_BYTES_PER_S * 10.5);
  });

  it('lets a burst of half a second through after a hiccup', () => {
    const policer = createPolicer(0);
    const burst = Array.from({ length: 100 }, () => policer.admit(100, 5_000)).filter(Boolean).length;
    expect(burst).toBe(MAX_PACKETS_PER_S / 2);
  });

  it('a clock that steps back costs nothing and gives nothing', () => {
    const policer = createPolicer(1_000);
    while (policer.admit(1, 1_000));
    expect(policer.admit(1, 0)).toBe(false);
    expect(policer.admit(1, 9)).toBe(true);
  });
});
