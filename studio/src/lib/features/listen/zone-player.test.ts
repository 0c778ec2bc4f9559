import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { aMediaDoor } from '../../../../test/support/fake-connection.ts';
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
  const player = new ZonePlayer('http://door.test', 'w2');
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
