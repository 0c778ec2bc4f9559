import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ARMED_S, SETTLE_MS, TwoStepLock } from './two-step.svelte.ts';

let lock: TwoStepLock;
beforeEach(() => {
  vi.useFakeTimers();
  lock = new TwoStepLock();
});
afterEach(() => void vi.useRealTimers());

test('what was not armed is not confirmed', () => {
  expect(lock.confirm()).toBe(false);
});

test('the second click of a double click does not confirm; a later press does, once', () => {
  lock.arm();
  vi.advanceTimersByTime(SETTLE_MS - 1);
  expect(lock.confirm()).toBe(false);
  vi.advanceTimersByTime(1);
  expect([lock.confirm(), lock.confirm()]).toEqual([true, false]);
});

test('there are at least twenty seconds to confirm, and then it is shut', () => {
  lock.arm();
  vi.advanceTimersByTime(20_000);
  expect(lock.armed).toBe(true);
  vi.advanceTimersByTime((ARMED_S - 20) * 1_000);
  expect([lock.armed, lock.confirm()]).toEqual([false, false]);
});

test('the time can be lengthened as often as it is wanted, without a new wait before the confirmation', () => {
  lock.arm();
  for (let n = 0; n < 12; n++) {
    vi.advanceTimersByTime((ARMED_S - 1) * 1_000);
    lock.extend();
  }
  expect([lock.left, lock.confirm()]).toEqual([ARMED_S, true]);
});
