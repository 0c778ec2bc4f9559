import { createDoors } from '#lib/live/doors.svelte.ts';
import { SteadyClock } from '#lib/live/steady-clock.ts';
import type { Problem } from '@loa/shared/protocol/errors';
import type { Registration } from '@loa/shared/protocol/receivers';
import type { io } from 'socket.io-client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ReceiverSocket } from './receiver-socket.ts';

/** A connection that a test opens, closes and answers for. */
const wire = {
  connected: false,
  active: true,
  connects: 0,
  dialled: [] as string[],
  asked: [] as Array<{ event: string; resolve: (answer: unknown) => void; reject: (cause: Error) => void }>,
  handlers: new Map<string, (argument?: unknown) => void>(),
};
const connect = ((url: string) => {
  wire.dialled.push(new URL(url).origin);
  return {
    get connected() {
      return wire.connected;
    },
    get active() {
      return wire.active;
    },
    on: (event: string, handler: (argument?: unknown) => void) => wire.handlers.set(event, handler),
    connect: () => (wire.connects += 1),
    disconnect: () => undefined,
    timeout: () => ({
      emitWithAck: (event: string) => new Promise((resolve, reject) => wire.asked.push({ event, resolve, reject })),
    }),
  };
}) as unknown as typeof io;
const [HOME, B, C] = ['http://door', 'http://b', 'http://c'] as const;

let socket: ReceiverSocket;
let refused: Problem[];
beforeEach(() => {
  vi.useFakeTimers();
  Object.assign(wire, { connected: false, active: true, connects: 0, dialled: [], asked: [] });
  refused = [];
  open(HOME);
});
afterEach(() => {
  socket.close();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function open(...urls: readonly string[]): void {
  const nothing = () => undefined;
  const handlers = {
    onAssigned: nothing,
    onSettings: nothing,
    onPathClosed: nothing,
    onOnline: nothing,
    onRefused: (problem: Problem) => refused.push(problem),
  };
  const [registration, clock] = [{} as Registration, new SteadyClock()];
  socket = new ReceiverSocket(createDoors(urls), registration, clock, handlers, connect);
}

const registrations = () => wire.asked.filter(({ event }) => event === 'receiver:register');

test('a receiver that the server sends away while it registers connects again', async () => {
  wire.connected = true;
  wire.handlers.get('connect')?.();
  wire.connected = false;
  wire.handlers.get('disconnect')?.('io server disconnect');
  registrations()[0]?.reject(new Error('socket has been disconnected'));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(wire.connects).toBe(1);
});

test('a registration that stays without an answer is said again on the same connection', async () => {
  wire.connected = true;
  wire.handlers.get('connect')?.();
  registrations()[0]?.reject(new Error('operation has timed out'));
  await vi.advanceTimersByTimeAsync(4_000);
  expect([registrations().length, wire.connects]).toEqual([2, 0]);
});

test('what the door says to a handshake reaches the page, which goes on trying', async () => {
  const problem: Problem = { code: 'unauthorized', message: 'auth.token: missing or wrong' };
  wire.active = false;
  wire.handlers.get('connect_error')?.(Object.assign(new Error(problem.message), { data: problem }));
  await vi.advanceTimersByTimeAsync(4_000);
  expect([refused, wire.connects]).toEqual([[problem], 1]);
});

test('a connection that fails before the door says a word is no refusal', () => {
  wire.handlers.get('connect_error')?.(new Error('websocket error'));
  expect(refused).toEqual([]);
});

test('ND5: a page that is sent away goes to a door that was named, not to that of its settings', async () => {
  socket.close();
  open(HOME, B, C);
  wire.dialled.splice(0, 1);
  vi.spyOn(Math, 'random').mockReturnValue(0);
  wire.handlers.get('receiver:move')?.({ doors: [B] });
  wire.connected = true;
  wire.handlers.get('connect')?.();
  const data = {
    receiverId: 'web-1',
    zoneId: 'w1',
    path: [{ zoneId: 'w1', name: 'Phường 1' }],
    whepUrl: `${B}/whep`,
    playoutDelayMs: 60,
    volume: 80,
    emergencyVolume: 100,
    muted: false,
    serverTimeMs: 0,
  };
  registrations()[0]?.resolve({ ok: true, data });
  await vi.advanceTimersByTimeAsync(3_000);
  wire.handlers.get('receiver:move')?.({ doors: [C] });
  expect(wire.dialled).toEqual([HOME, B, C]);
});
