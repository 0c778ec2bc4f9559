import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { LinkClient } from '../link/link-client.ts';
import { watchPump } from './pump-watch.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function watched() {
  const pump = { connected: false, answer: (): Promise<unknown> => Promise.resolve({ serverTimeMs: 0 }) };
  const said: boolean[] = [];
  const link = {
    get connected() {
      return pump.connected;
    },
    ask: () => pump.answer(),
  } as unknown as LinkClient;
  const watch = watchPump(link, (away) => said.push(away));
  return { pump, said, watch, after: (ms: number) => vi.advanceTimersByTimeAsync(ms) };
}

it('LV4: a pump that goes away is told at once, one that was never there is not', async () => {
  const { pump, said, after, watch } = watched();
  await after(60_000);
  expect(said).toEqual([]);
  pump.connected = true;
  await after(1_000);
  pump.connected = false;
  await after(100);
  expect(said).toEqual([true]);
  pump.connected = true;
  await after(100);
  expect(said).toEqual([true, false]);
  watch.close();
});

it('LV4: a pump that stands still is told within 0.7 s, also when its questions fail, and told to be back when it answers', async () => {
  const { pump, said, after, watch } = watched();
  pump.connected = true;
  await after(1_000);
  const unanswered = Promise.withResolvers<unknown>();
  pump.answer = () => unanswered.promise;
  await after(600);
  expect(said).toEqual([]);
  await after(100);
  expect(said).toEqual([true]);
  pump.answer = () => Promise.reject(new Error('no answer'));
  unanswered.reject(new Error('no answer in time'));
  await after(60_000);
  expect(said).toEqual([true]);
  pump.answer = () => Promise.resolve({ serverTimeMs: 0 });
  await after(100);
  expect(watch.away).toBe(false);
  expect(said).toEqual([true, false]);
  watch.close();
});

it('LV4: a pump that answers late every time is there', async () => {
  const { pump, said, after, watch } = watched();
  pump.connected = true;
  pump.answer = () => new Promise((resolve) => setTimeout(resolve, 450));
  await after(60_000);
  expect(said).toEqual([]);
  watch.close();
});
