import { NO_OTHER_NODE } from '@loa/shared/protocol/live';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createDoor } from './door.ts';
import { createDoors } from './doors.svelte.ts';
import { LiveStore } from './live-store.svelte.ts';
import type { StudioSocketHandlers } from './studio-socket.ts';

let handlers: StudioSocketHandlers;
let movedTo: Array<readonly string[]>;
const openTo = (_door: unknown, _name: string, given: StudioSocketHandlers) => {
  handlers = given;
  const error = { code: 'unavailable' as const, message: '' };
  return {
    request: () => Promise.resolve({ ok: false as const, error }),
    move: (urls: readonly string[]) => movedTo.push(urls),
    close: () => undefined,
  };
};

const SNAPSHOT = {
  version: 1,
  treeVersion: '',
  serverTimeMs: 0,
  authority: { kind: 'shared' as const, since: null },
  node: NO_OTHER_NODE,
  broadcasts: [],
  sources: [],
  receivers: [],
  tallies: [],
};
const [HOME, ...OTHERS] = ['http://127.0.0.1:1', 'http://127.0.0.1:2', 'http://127.0.0.1:3'] as const;
let live: LiveStore;

beforeEach(() => {
  vi.useFakeTimers();
  movedTo = [];
  live = new LiveStore(
    createDoors([HOME, ...OTHERS], (url) => createDoor(url, () => Promise.reject(new Error('no network')))),
  );
  live.open('', openTo);
});
afterEach(() => {
  live.close();
  vi.useRealTimers();
});

const connect = () => {
  handlers.onHeard();
  handlers.onSnapshot(SNAPSHOT);
};

test('a page that is not connected yet is not called silent', async () => {
  await vi.advanceTimersByTimeAsync(10_000);
  expect([live.link, live.silent, live.heard]).toEqual(['connecting', false, false]);
});

test('the door’s heartbeat alone keeps the picture true', async () => {
  connect();
  for (let beat = 0; beat < 5; beat += 1) {
    await vi.advanceTimersByTimeAsync(2_000);
    expect(live.heard).toBe(true);
    handlers.onHeard();
  }
});

test('a door that has said nothing for longer than its heartbeat is not heard, long before the connection is given up', async () => {
  connect();
  await vi.advanceTimersByTimeAsync(3_300);
  expect([live.link, live.silent, live.heard]).toEqual(['connected', true, false]);
  handlers.onHeard();
  expect(live.heard).toBe(true);
});

test('a line that was dead and came back is heard again with the new connection', async () => {
  connect();
  await vi.advanceTimersByTimeAsync(4_000);
  handlers.onConnected(false);
  expect([live.link, live.heard]).toEqual(['lost', false]);
  connect();
  expect([live.link, live.heard]).toEqual(['connected', true]);
});

test('ND5: a page that is sent away goes where it is sent to; one that finds no sound here goes anywhere else', () => {
  connect();
  live.door.succeeded(OTHERS[0]);
  const doors = [OTHERS[1]];
  const node = { ...NO_OTHER_NODE, doors };
  handlers.onSnapshot({ ...SNAPSHOT, node });
  live.moveOn();
  handlers.onSnapshot({ ...SNAPSHOT, version: 2, node: { ...node, leave: 'now' } });
  live.moveOn();
  expect(movedTo).toEqual([[HOME, OTHERS[1]], doors]);
});
