import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { aMediaDoor } from '../../../../test/support/fake-connection.ts';
import { createDoors } from '#lib/live/doors.svelte.ts';
import { ZonePlayer } from './zone-player.svelte.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('MediaStream', EventTarget);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test('a sound that the browser holds back stays so, however well it comes in, until it is let out or the next press', async () => {
  const door = aMediaDoor();
  const player = new ZonePlayer(createDoors(['http://door.test']), 'w2', () => 200);
  const refused = (): Promise<void> => Promise.reject(new Error('not allowed'));
  const audio = { paused: true, play: refused, pause: () => undefined };
  player.start(audio as unknown as HTMLAudioElement);
  await vi.advanceTimersByTimeAsync(0);
  door.connections[0]?.ontrack?.({ track: {} });
  await vi.advanceTimersByTimeAsync(500);
  door.connections[0]?.turn('connected');
  expect(player.state).toBe('blocked');

  audio.play = () => Promise.resolve();
  door.connections[0]?.ontrack?.({ track: {} });
  await vi.advanceTimersByTimeAsync(0);
  expect(player.state).toBe('connected');

  player.start({ ...audio, paused: false, play: () => Promise.resolve() } as unknown as HTMLAudioElement);
  await vi.advanceTimersByTimeAsync(0);
  door.connections[1]?.ontrack?.({ track: {} });
  door.connections[1]?.turn('connected');
  expect(player.state).toBe('connected');
  player.stop();
});

test('ND12: another door takes the place of the first when its stream is there; until then the first is heard', async () => {
  const door = aMediaDoor();
  const doors = createDoors(['http://a.test', 'http://b.test']);
  const player = new ZonePlayer(doors, 'w2', () => 200);
  const audio = { paused: false, play: () => Promise.resolve(), pause: () => undefined, srcObject: null as unknown };
  player.start(audio as unknown as HTMLAudioElement);
  await vi.advanceTimersByTimeAsync(0);
  door.connections[0]?.ontrack?.({ track: {} });
  door.connections[0]?.turn('connected');
  const first = audio.srcObject;
  doors.failed(0.5);
  player.follow();
  await vi.advanceTimersByTimeAsync(0);
  door.connections[1]?.ontrack?.({ track: {} });
  expect([audio.srcObject, door.connections[0]?.connectionState]).toEqual([first, 'connected']);
  door.connections[1]?.turn('connected');
  expect(audio.srcObject).not.toBe(first);
  expect([door.connections[0]?.connectionState, player.state]).toEqual(['closed', 'connected']);
  player.stop();
});

test('ND4: a stream that does not come about for long is looked for at another door', async () => {
  aMediaDoor();
  const doors = createDoors(['http://a.test', 'http://b.test']);
  const player = new ZonePlayer(doors, 'w2', () => 200);
  player.start({ pause: () => undefined } as unknown as HTMLAudioElement);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(doors.url).toBe('http://a.test');
  await vi.advanceTimersByTimeAsync(2_000);
  expect(doors.url).toBe('http://b.test');
  player.stop();
});

/** A citizen whose door is gone, and who has come to another one; a third is there. */
async function aMovedPlayer(...full: readonly string[]) {
  const door = aMediaDoor();
  for (const host of full) door.full.add(host);
  const doors = createDoors(['http://a.test', 'http://b.test', 'http://c.test']);
  const player = new ZonePlayer(doors, 'w2', () => 200);
  const audio = { paused: false, play: () => Promise.resolve(), pause: () => undefined, srcObject: null };
  player.start(audio as unknown as HTMLAudioElement);
  await vi.advanceTimersByTimeAsync(0);
  door.connections[0]?.turn('connected');
  door.connections[0]?.turn('failed');
  doors.succeeded('http://b.test');
  player.follow();
  await vi.advanceTimersByTimeAsync(0);
  return { doors, player };
}

test('ND4: where the door that a citizen has come to has no room, another one is tried at once, but not all of them in a rush', async () => {
  // The last of the others is the next one.
  vi.spyOn(Math, 'random').mockReturnValue(0.99);
  const { doors, player } = await aMovedPlayer('b.test', 'c.test');
  expect(doors.url).toBe('http://c.test');
  player.follow();
  await vi.advanceTimersByTimeAsync(3_500);
  expect(doors.url).toBe('http://c.test');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(doors.url).toBe('http://a.test');
  player.stop();
});

test('ND4: the door that a citizen has come to has a time of its own to bring sound', async () => {
  const { doors, player } = await aMovedPlayer();
  await vi.advanceTimersByTimeAsync(3_500);
  expect(doors.url).toBe('http://b.test');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(doors.url).not.toBe('http://b.test');
  player.stop();
});

test('PO91: the browser is asked to hold sound as loudspeakers do, and how late it really is stands there while it is measured', async () => {
  const door = aMediaDoor();
  let delayMs = 300;
  const player = new ZonePlayer(createDoors(['http://door.test']), 'w2', () => delayMs);
  const audio = { paused: false, play: () => Promise.resolve(), pause: () => undefined, srcObject: null };
  player.start(audio as unknown as HTMLAudioElement);
  await vi.advanceTimersByTimeAsync(0);
  const receiver = door.connections[0]?.receivers[0];
  expect(receiver?.jitterBufferTarget).toBe(300);
  door.connections[0]?.turn('connected');
  await vi.advanceTimersByTimeAsync(2_000);
  expect(player.lagMs).toBeNull();
  receiver?.stats.set('in', { type: 'inbound-rtp', jitterBufferDelay: 28_800, jitterBufferEmittedCount: 96_000 });
  receiver?.stats.set('pair', { type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.04 });
  await vi.advanceTimersByTimeAsync(2_000);
  expect(player.lagMs).toBeCloseTo(320);
  // Nothing has come since.
  await vi.advanceTimersByTimeAsync(2_000);
  expect(player.lagMs).toBeNull();
  player.stop();
  delayMs = 9_000;
  player.start(audio as unknown as HTMLAudioElement);
  await vi.advanceTimersByTimeAsync(0);
  expect(door.connections[1]?.receivers[0]?.jitterBufferTarget).toBe(4_000);
  player.stop();
});
