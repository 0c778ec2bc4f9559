import { describe, expect, it } from 'vitest';
import { isWaiting, readProcessUse } from './process-use.ts';

describe('what a process does', () => {
  it('LV2: one that uses its processor and does not answer hangs, and so does one that is stopped', () => {
    expect(isWaiting({ state: 'R', ticks: 5 }, { state: 'R', ticks: 5 })).toBe(true);
    expect(isWaiting({ state: 'S', ticks: 5 }, { state: 'D', ticks: 5 })).toBe(true);
    expect(isWaiting({ state: 'R', ticks: 5 }, { state: 'R', ticks: 9 })).toBe(false);
    expect(isWaiting(null, { state: 'T', ticks: 5 })).toBe(false);
    expect(isWaiting(null, null)).toBe(false);
  });

  it('reads what the system says of a process, and of none that is gone', () => {
    expect(readProcessUse(process.pid)?.ticks).toBeGreaterThan(0);
    expect(readProcessUse(process.pid)?.state).toMatch(/^[RS]$/);
    expect(readProcessUse(2 ** 30)).toBeNull();
  });
});
