import { expect, test } from 'vitest';
import type { Door } from './door.ts';
import { createDoors } from './doors.svelte.ts';

const [A, B, C] = ['http://a.test', 'http://b.test', 'http://c.test'] as const;
const open = (url: string) => ({ url, get: () => url }) as unknown as Door;
const doorsOf = (...urls: string[]) => createDoors(urls, open);
const asked = (doors: Door) => (doors as unknown as { get(): string }).get();

test('ND4: the page asks the door in use, and after a failure another one', () => {
  const doors = doorsOf(A, B);
  expect([doors.url, asked(doors)]).toEqual([A, A]);
  doors.failed(0.5);
  expect([doors.url, asked(doors)]).toEqual([B, B]);
});

test('ND11: of the doors that it is told, those count that its studio lets it use', () => {
  const doors = doorsOf(A, B, C);
  doors.learn(['http://elsewhere.test', C]);
  expect(doors.others).toEqual([C]);
  doors.learn(['http://elsewhere.test']);
  expect(doors.others).toEqual([C]);
});

test('an address is at a door of this page by its origin', () => {
  const doors = doorsOf(A, B);
  const addresses = [
    `${B}/whep/1`,
    'http://b.test:81/whep',
    'https://b.test/whep',
    'http://b.test.evil/whep',
    'data:,',
  ];
  expect(addresses.map((address) => doors.includes(address))).toEqual([true, false, false, false, false]);
});

test('ND5: the door of the settings is not one that a door has named, unless it has', () => {
  const doors = doorsOf(A, B, C);
  expect(doors.named).toEqual([B, C]);
  doors.succeeded(B);
  doors.learn([C, 'http://elsewhere.test']);
  expect([doors.named, doors.others]).toEqual([[C], [A, C]]);
  doors.learn([A, B]);
  expect(doors.named).toEqual([A]);
  doors.learn([]);
  expect(doors.named).toEqual([]);
});

test('ND4: when all that it was told of have failed, any that it may use is tried, and nobody waits long before a page', () => {
  const doors = doorsOf(A, B, C);
  doors.learn([C]);
  const waits = Array.from({ length: 20 }, (_, n) => [doors.failed((n % 10) / 10), doors.url] as const);
  expect(new Set(waits.map(([, url]) => url))).toEqual(new Set([A, B, C]));
  expect(Math.max(...waits.map(([waitMs]) => waitMs))).toBeLessThanOrEqual(1_500);
});
