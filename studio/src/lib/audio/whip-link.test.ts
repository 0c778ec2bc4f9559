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
  const { connections, asked, full } = aMediaDoor();
  const doors = createDoors(['http://a.test', 'http://b.test', 'http://c.test'], (url) => ({
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
  return { link, doors, asked, full, turn, states };
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

test('ND4: a page that has come to a door without room for its sound knows it, and no more when it has left it', async () => {
  const { link, doors, full, turn } = await aLink();
  full.add('b.test');
  await turn(0, 'failed');
  expect(link.stuck).toBe(false);
  doors.succeeded('http://b.test');
  link.follow();
  await vi.advanceTimersByTimeAsync(0);
  expect(link.stuck).toBe(true);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(link.stuck).toBe(true);
  doors.succeeded('http://c.test');
  link.follow();
  expect(link.stuck).toBe(false);
  link.close();
});

test('ND4: what the door that was left says of its room is not held against the one that a page has come to', async () => {
  const { link, doors, full, turn } = await aLink();
  full.add('a.test');
  link.renew();
  await vi.advanceTimersByTimeAsync(0);
  expect(link.stuck).toBe(true);
  doors.succeeded('http://b.test');
  link.follow();
  await vi.advanceTimersByTimeAsync(3_500);
  expect(link.stuck).toBe(false);
  await turn(2, 'connected');
  await vi.advanceTimersByTimeAsync(5_000);
  expect([link.stuck, link.connected]).toEqual([false, true]);
  link.close();
});

test('ND4: a door whose sound finds no path is stuck after a while, and not when there is one', async () => {
  const { link, doors, turn } = await aLink();
  doors.succeeded('http://b.test');
  link.follow();
  await vi.advanceTimersByTimeAsync(3_500);
  expect(link.stuck).toBe(false);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(link.stuck).toBe(true);
  await turn(1, 'connected');
  expect(link.stuck).toBe(false);
  link.close();
});
