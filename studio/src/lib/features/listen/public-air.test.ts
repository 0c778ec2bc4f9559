import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { aBroadcast, SMALL_CITY } from '../../../../test/support/zones.ts';
import { PublicAir } from './public-air.svelte.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('a citizen’s page knows what is on air once it was told, and no more when the server does not answer', async () => {
  let up = true;
  vi.stubGlobal('fetch', (url: string) => {
    if (!up) return Promise.reject(new TypeError('no connection'));
    return Promise.resolve(
      Response.json(url.endsWith('/zones') ? { zones: SMALL_CITY.zones } : { broadcasts: [aBroadcast()] }),
    );
  });
  const air = new PublicAir('http://door.test');
  expect(air.reach).toBe('asking');
  air.open();
  await vi.waitFor(() => expect(air.reach).toBe('known'));
  up = false;
  await vi.advanceTimersByTimeAsync(4_000);
  expect(air.reach).toBe('unreachable');
  up = true;
  await vi.advanceTimersByTimeAsync(4_000);
  expect(air.reach).toBe('known');
  air.close();
});
