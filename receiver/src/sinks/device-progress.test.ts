import { describe, expect, it } from 'vitest';
import { DeviceProgress, parsePacatProgress } from './device-progress.ts';

describe('progress of a sound card', () => {
  it('reads the last report of a piece of output', () => {
    const text =
      'Stream started.\nTime: 0.100 sec; Latency: 20000 usec.        \rTime: 0.150 sec; Latency: 19000 usec.';
    expect(parsePacatProgress(text)).toBe(150);
    expect(parsePacatProgress('Connection established.')).toBeNull();
  });

  it('is not moved by a late report, and follows a slow clock', () => {
    const progress = new DeviceProgress();
    let start = 0;
    for (let at = 0; at < 5_000; at += 50) start = progress.note(1_000 + at + (at === 4_000 ? 300 : 0), at);
    expect(start).toBe(1_000);
    for (let at = 5_000; at < 10_000; at += 50) start = progress.note(1_010 + at, at);
    expect(start).toBe(1_010);
  });
});
