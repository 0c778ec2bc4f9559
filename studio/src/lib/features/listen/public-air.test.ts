import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { aBroadcast, SMALL_CITY } from '../../../../test/support/zones.ts';
import { PublicAir } from './public-air.svelte.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test('a citizen’s page knows what is on air once it was told, and no more when the server does not answer', async () => {
  let up = true;
  vi.stubGlobal('fetch', (url: string) => {
    if (!up) return Promise.reject(new TypeError('no connection'));
    return Promise.resolve(
      Response.json(url.endsWith('/zones') ? { zones: SMALL_CITY.zones } : { broadcasts: [aBroadcast()] }),
    );
  });
  const air = new PublicAir(['http://door.test']);
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

test('ND4, ND12: a citizen’s page asks another door when its own is away, and when its node is being emptied', async () => {
  const asked: string[] = [];
  const away = new Set(['a.test']);
  const node = { draining: false, doors: ['http://a.test'] };
  vi.stubGlobal('fetch', (url: string) => {
    const { host, pathname } = new URL(url);
    asked.push(host);
    if (away.has(host)) return Promise.reject(new TypeError('no connection'));
    if (pathname.endsWith('/node')) return Promise.resolve(Response.json(node));
    return Promise.resolve(
      Response.json(pathname.endsWith('/zones') ? { zones: SMALL_CITY.zones } : { broadcasts: [] }),
    );
  });
  const air = new PublicAir(['http://a.test', 'http://b.test']);
  air.open();
  await vi.advanceTimersByTimeAsync(1_000);
  expect([air.reach, air.doors.url]).toEqual(['known', 'http://b.test']);
  away.clear();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(air.doors.url).toBe('http://b.test');
  node.draining = true;
  await vi.advanceTimersByTimeAsync(20_000);
  expect(air.doors.url).toBe('http://a.test');
  air.close();
});

test('ND5: a citizen’s page leaves a node that is being emptied for one that it names, not for that of its settings', async () => {
  // Else chance decides.
  vi.spyOn(Math, 'random').mockReturnValue(0);
  vi.stubGlobal('fetch', (url: string) => {
    const { pathname } = new URL(url);
    if (pathname.endsWith('/node')) return Promise.resolve(Response.json({ draining: true, doors: ['http://c.test'] }));
    return Promise.resolve(
      Response.json(pathname.endsWith('/zones') ? { zones: SMALL_CITY.zones } : { broadcasts: [] }),
    );
  });
  const air = new PublicAir(['http://a.test', 'http://b.test', 'http://c.test']);
  air.doors.succeeded('http://b.test');
  air.open();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(air.doors.url).toBe('http://c.test');
  air.close();
});
