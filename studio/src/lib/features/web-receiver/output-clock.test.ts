import { describe, expect, test } from 'vitest';
import { OUTPUT_CLOCK_SAMPLES, OutputClock, readOutput } from './output-clock.ts';

const measured = (contextMs: number, heardAtMs: number) => ({ contextMs, heardAtMs, measured: true });

describe('when a sample is heard', () => {
  test('jitter of single readings does not move it', () => {
    const clock = new OutputClock();
    expect(clock.offsetMs).toBeNull();
    for (const jitter of [0, 8, -7, 1, -1, 0, 6]) clock.note(measured(1_000, 5_000 + jitter));
    expect(clock.offsetMs).toBe(4_000);
  });

  test('it follows a drifting sound card', () => {
    const clock = new OutputClock();
    for (let n = 0; n < 100; n += 1) clock.note(measured(n * 500, n * 500 + 4_000 + n * 0.05));
    expect(clock.offsetMs).toBeGreaterThan(4_000 + (100 - OUTPUT_CLOCK_SAMPLES) * 0.05);
  });

  test('after the output stood still it begins anew', () => {
    const clock = new OutputClock();
    for (let n = 0; n < 10; n += 1) clock.note(measured(n * 500, n * 500 + 4_000));
    clock.note(measured(5_000, 30_000));
    expect(clock.offsetMs).toBe(25_000);
  });

  test('PO92: an output that goes on elsewhere is followed within ten readings, by less than the step of one that stood still', () => {
    const clock = new OutputClock();
    for (let n = 0; n < 60; n += 1) clock.note(measured(n * 100, n * 100 + 4_000 + (n % 3)));
    for (let n = 60; n < 69; n += 1) clock.note(measured(n * 100, n * 100 + 4_040 + (n % 3)));
    expect([clock.offsetMs, clock.interruptions]).toEqual([4_001, 0]);
    clock.note(measured(7_000, 11_041));
    expect([clock.offsetMs, clock.interruptions]).toEqual([4_041, 1]);
  });

  test('PO92: readings that scatter to both sides, and a drift, are no shift', () => {
    const clock = new OutputClock();
    for (let n = 0; n < 300; n += 1)
      clock.note(measured(n * 100, n * 100 + 4_000 + (n % 2 === 0 ? 12 : -12) + n * 0.02));
    expect(clock.interruptions).toBe(0);
  });

  test('PO90: how far its readings are apart is told while they are measured, and nothing while they are guessed', () => {
    const clock = new OutputClock();
    clock.note({ contextMs: 0, heardAtMs: 4_500, measured: false });
    expect([clock.offsetMs, clock.errorMs]).toEqual([4_500, null]);
    for (const jitter of [0, 2, -2, 2, -2]) clock.note(measured(1_000, 5_000 + jitter));
    expect([clock.offsetMs, clock.errorMs]).toEqual([4_000, 2]);
  });

  test('PO90: a browser that does not say when a sample is heard is not taken for one that does', () => {
    const context = { currentTime: 2, baseLatency: 0.01, outputLatency: 0.03 };
    const guessed = { contextMs: 2_000, heardAtMs: 7_040, measured: false };
    expect(readOutput(context, 7_000)).toEqual(guessed);
    expect(readOutput({ ...context, getOutputTimestamp: () => ({}) }, 7_000)).toEqual(guessed);
    const says = () => ({ contextTime: 1.9, performanceTime: 50 });
    expect(readOutput({ ...context, getOutputTimestamp: says }, 7_000)).toEqual(
      measured(1_900, performance.timeOrigin + 50),
    );
  });
});
