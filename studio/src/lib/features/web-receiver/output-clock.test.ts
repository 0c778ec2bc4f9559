import { describe, expect, test } from 'vitest';
import { OUTPUT_CLOCK_SAMPLES, OutputClock } from './output-clock.ts';

describe('when a sample is heard', () => {
  test('jitter of single readings does not move it', () => {
    const clock = new OutputClock();
    expect(clock.offsetMs).toBeNull();
    for (const jitter of [0, 8, -7, 1, -1, 0, 6]) clock.note(1_000, 5_000 + jitter);
    expect(clock.offsetMs).toBe(4_000);
  });

  test('it follows a drifting sound card', () => {
    const clock = new OutputClock();
    for (let n = 0; n < 100; n += 1) clock.note(n * 500, n * 500 + 4_000 + n * 0.05);
    expect(clock.offsetMs).toBeGreaterThan(4_000 + (100 - OUTPUT_CLOCK_SAMPLES) * 0.05);
  });

  test('after the output stood still it begins anew', () => {
    const clock = new OutputClock();
    for (let n = 0; n < 10; n += 1) clock.note(n * 500, n * 500 + 4_000);
    clock.note(5_000, 30_000);
    expect(clock.offsetMs).toBe(25_000);
  });
});
