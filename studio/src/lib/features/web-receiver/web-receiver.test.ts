import type { io } from 'socket.io-client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { aMediaDoor } from '../../../../test/support/fake-connection.ts';
import { aSilentPage } from '../../../../test/support/page-sound.ts';
import { WebReceiver } from './web-receiver.svelte.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** Doors that register everybody; whom they were asked for a connection by, in order. */
function registeringDoors() {
  const dialled: string[] = [];
  const connect = ((url: string) => {
    const { host } = new URL(url);
    dialled.push(host);
    const answers: Record<string, unknown> = {
      'receiver:register': {
        receiverId: 'web-1',
        zoneId: 'w1',
        path: [{ zoneId: 'w1', name: 'Phường 1' }],
        whepUrl: `http://${host}/whep/receivers/web-1`,
        playoutDelayMs: 60,
        volume: 80,
        emergencyVolume: 100,
        muted: false,
        serverTimeMs: Date.now(),
      },
      'receiver:report': null,
      'clock:probe': { serverTimeMs: Date.now() },
    };
    return {
      connected: true,
      active: true,
      on: (event: string, handler: () => void) => {
        if (event === 'connect') setTimeout(handler);
      },
      connect: () => undefined,
      disconnect: () => undefined,
      timeout: () => ({ emitWithAck: (event: string) => Promise.resolve({ ok: true, data: answers[event] }) }),
    };
  }) as unknown as typeof io;
  return { dialled, connect };
}

const SETTINGS = { receiverId: 'web-1', name: 'Loa 1', zone: 'w1' } as Parameters<WebReceiver['start']>[0];

test('ND4: a page without a path goes to another door, which has as much time for one as the first had', async () => {
  aSilentPage();
  // The shortest pause between two moves.
  vi.spyOn(Math, 'random').mockReturnValue(0);
  const media = aMediaDoor();
  const { dialled, connect } = registeringDoors();
  const receiver = new WebReceiver(['http://a.test', 'http://b.test'], connect);
  receiver.start(SETTINGS);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(dialled).toEqual(['a.test']);
  await vi.advanceTimersByTimeAsync(4_300);
  expect(dialled).toEqual(['a.test', 'b.test']);
  expect(media.asked.filter((one) => one.startsWith('POST'))).toHaveLength(2);
  media.connections.at(-1)?.turn('connected');
  expect(receiver.state).toBe('up');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(dialled).toEqual(['a.test', 'b.test']);
  receiver.stop();
});
