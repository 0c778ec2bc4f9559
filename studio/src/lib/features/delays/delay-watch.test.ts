import type { Door } from '#lib/live/door.ts';
import { ok } from '@loa/shared/result';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { zoneId } from '../../../../test/support/zones.ts';
import { DelayWatch } from './delay-watch.svelte.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const answerOf = (playoutDelayMs: number) => ({
  everywhereMs: null,
  delays: [{ zoneId: 'w2', playoutDelayMs, delayMove: null }],
});

/** A door whose answers a test gives when it wants to. */
function aDoor() {
  const waiting: ((answer: unknown) => void)[] = [];
  const sent: unknown[] = [];
  const get = () => new Promise((resolve) => waiting.push(resolve));
  const send = (...asked: unknown[]) => {
    sent.push(asked.slice(0, 3));
    return Promise.resolve({ ok: false, error: { code: 'unavailable', message: 'the database is away' } });
  };
  return { waiting, sent, door: { get, send } as unknown as Pick<Door, 'get' | 'send'> };
}

test('PO72: asks as long as a page shows it; an answer that was overtaken is not shown', async () => {
  const { waiting, door } = aDoor();
  const watch = new DelayWatch(door);
  watch.open();
  await vi.advanceTimersByTimeAsync(3_000);
  expect(waiting).toHaveLength(2);
  waiting[1]?.(ok(answerOf(200)));
  waiting[0]?.(ok(answerOf(60)));
  await vi.advanceTimersByTimeAsync(0);
  expect(watch.answer?.delays[0]?.playoutDelayMs).toBe(200);
  watch.close();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(waiting).toHaveLength(2);
});

test('what cannot be asked is said, and what is known stays', async () => {
  const { waiting, door } = aDoor();
  const watch = new DelayWatch(door);
  void watch.ask();
  waiting[0]?.(ok(answerOf(60)));
  await vi.advanceTimersByTimeAsync(0);
  void watch.ask();
  waiting[1]?.({ ok: false, error: { code: 'unavailable', message: '' } });
  await vi.advanceTimersByTimeAsync(0);
  expect([watch.answer?.delays[0]?.playoutDelayMs, watch.problem?.code]).toEqual([60, 'unavailable']);
});

test('a delay that is refused says why, and what holds is asked again', async () => {
  const { waiting, sent, door } = aDoor();
  const watch = new DelayWatch(door);
  const set = watch.set(zoneId('w2'), null);
  await vi.advanceTimersByTimeAsync(0);
  waiting[0]?.(ok(answerOf(60)));
  expect((await set)?.code).toBe('unavailable');
  expect(sent).toEqual([['PATCH', '/zones/w2', { playoutDelayMs: null }]]);
});
