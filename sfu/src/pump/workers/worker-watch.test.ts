import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchWorker, WORKER_LIMITS } from './worker-watch.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const SLOW_MS = WORKER_LIMITS.everyMs * (WORKER_LIMITS.waits + 1);

async function watch(ask: () => Promise<unknown>, state: string, forMs: number) {
  const onHung = vi.fn();
  const watching = watchWorker({ pid: 1, ask }, onHung, () => ({ state, ticks: 0 }));
  await vi.advanceTimersByTimeAsync(forMs);
  watching.stop();
  return onHung.mock.calls.length;
}
const never = () => new Promise(() => undefined);

describe('the watch over a media worker', () => {
  it('LV1: one that stands still is reported once, within half a second', async () => {
    expect(await watch(never, 'T', 400)).toBe(0);
    expect(await watch(never, 'T', 500)).toBe(1);
    expect(await watch(never, 'S', 60_000)).toBe(1);
  });

  it('LV1: one that answers late every time is left alone', async () => {
    const late = () => new Promise((resolve) => setTimeout(resolve, 350));
    expect(await watch(late, 'S', 60_000)).toBe(0);
  });

  it('LV2: one that gets no processor has two seconds', async () => {
    expect(await watch(never, 'R', SLOW_MS - 1)).toBe(0);
    expect(await watch(never, 'R', SLOW_MS)).toBe(1);
  });
});
