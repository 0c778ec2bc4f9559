import { createDoor } from '#lib/live/door.ts';
import { createDoors } from '#lib/live/doors.svelte.ts';
import { ok } from '@loa/shared/result';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { aMediaDoor } from '../../../test/support/fake-connection.ts';
import { WhipLink } from './whip-link.svelte.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const track = { clone: () => ({ ...track, stop: () => undefined }) } as unknown as MediaStreamTrack;

/** A microphone that is connected to the first of two doors. */
async function aLink() {
  const { connections, asked } = aMediaDoor();
  const doors = createDoors(['http://a.test', 'http://b.test'], (url) => ({
    ...createDoor(url),
    token: () => Promise.resolve(ok('token')),
  }));
  const link = new WhipLink(doors, () => 'desk');
  const turn = async (index: number, state: RTCPeerConnectionState) => {
    connections[index]?.turn(state);
    await vi.advanceTimersByTimeAsync(0);
  };
  link.open(track);
  await vi.advanceTimersByTimeAsync(0);
  await turn(0, 'connected');
  const states = () => connections.map(({ connectionState }) => connectionState);
  return { link, doors, asked, turn, states };
}

test('ND12: with another door the new session is there first; the old one ends when nobody needs it', async () => {
  const { link, doors, turn, states } = await aLink();
  expect(link.sourceId).toBe('s1');
  doors.succeeded('http://b.test');
  link.follow();
  link.follow();
  await vi.advanceTimersByTimeAsync(0);
  expect([states(), link.sourceId, link.connected]).toEqual([['connected', 'new'], 's1', true]);
  await turn(1, 'connected');
  expect([states(), link.sourceId, link.connected]).toEqual([['connected', 'connected'], 's2', true]);
  link.settle();
  expect(states()).toEqual(['closed', 'connected']);
  link.close();
});

test('ND12: a start waits until the door that it asks has the source', async () => {
  const { link, doors, turn } = await aLink();
  doors.succeeded('http://b.test');
  link.follow();
  let ready = false;
  void link.whenConnected().then((is) => (ready = is));
  await vi.advanceTimersByTimeAsync(500);
  expect(ready).toBe(false);
  await turn(1, 'connected');
  await vi.advanceTimersByTimeAsync(100);
  expect(ready).toBe(true);
  link.close();
});

test('an old session that nobody ends does not stay for ever', async () => {
  const { link, doors, turn, states } = await aLink();
  doors.succeeded('http://b.test');
  link.follow();
  await vi.advanceTimersByTimeAsync(0);
  await turn(1, 'connected');
  await vi.advanceTimersByTimeAsync(11_000);
  expect(states()).toEqual(['closed', 'connected']);
  link.close();
});

test('a door that is left again before its session is there leaves nothing behind', async () => {
  const { link, doors, states } = await aLink();
  doors.succeeded('http://b.test');
  link.follow();
  await vi.advanceTimersByTimeAsync(0);
  doors.succeeded('http://a.test');
  link.follow();
  expect([states(), link.connected, link.sourceId]).toEqual([['connected', 'closed'], true, 's1']);
  link.close();
});
