import { err, ok, type Result } from '@loa/shared/result';
import type { Problem } from '@loa/shared/protocol/errors';
import type { io } from 'socket.io-client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Door } from './door.ts';
import { createDoors } from './doors.svelte.ts';
import { StudioSocket } from './studio-socket.ts';

/** A connection whose end a test plays. */
const wire = {
  active: true,
  connects: 0,
  handlers: new Map<string, (argument?: unknown) => void>(),
};
const connect = (() => ({
  get active() {
    return wire.active;
  },
  on: (event: string, handler: (argument?: unknown) => void) => wire.handlers.set(event, handler),
  connect: () => (wire.connects += 1),
  disconnect: () => undefined,
  io: { on: () => undefined },
})) as unknown as typeof io;

let token: Result<string, Problem>;
let isThere: boolean;
let refused: Array<Problem | null>;
let problems: Problem[];
let socket: StudioSocket;

beforeEach(() => {
  vi.useFakeTimers();
  Object.assign(wire, { active: true, connects: 0 });
  [token, isThere, refused, problems] = [ok('token'), true, [], []];
  vi.stubGlobal('location', { origin: 'http://bando:3000' });
  vi.stubGlobal('fetch', () => (isThere ? Promise.resolve({}) : Promise.reject(new TypeError('refused'))));
  const handlers = {
    onConnected: () => undefined,
    onHeard: () => undefined,
    onSnapshot: () => undefined,
    onChange: () => undefined,
    onProblem: (problem: Problem) => problems.push(problem),
    onRefused: (problem: Problem | null) => refused.push(problem),
  };
  const door = { url: 'http://door', token: () => Promise.resolve(token) } as unknown as Door;
  socket = new StudioSocket(
    createDoors(['http://door'], () => door),
    'Hoa',
    handlers,
    connect,
  );
});
afterEach(() => {
  socket.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** The door refuses: socket.io does not come back by itself. */
function refuse(problem: Problem): void {
  wire.active = false;
  wire.handlers.get('connect_error')?.(Object.assign(new Error(problem.message), { data: problem }));
}

/** The connection fails before the door says a word; socket.io tries again by itself. */
async function fail(): Promise<void> {
  wire.handlers.get('connect_error')?.(new Error('websocket error'));
  await vi.advanceTimersByTimeAsync(0);
}

test('what the door says to a handshake reaches the page, which goes on trying', async () => {
  const problem: Problem = { code: 'unauthorized', message: 'auth.token: missing or wrong' };
  refuse(problem);
  expect(refused).toEqual([problem]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(wire.connects).toBe(1);
});

test('a page that is too old says so and does not ask again: only loading it anew helps', async () => {
  const problem: Problem = { code: 'client-too-old', message: 'protocol 0: this door speaks 1 to 1' };
  refuse(problem);
  expect(refused).toEqual([problem]);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(wire.connects).toBe(0);
});

test('a server that is too old is tried again: it may be renewed meanwhile', async () => {
  refuse({ code: 'server-too-old', message: '' });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(wire.connects).toBe(1);
});

test('a door that is there and hides its answers from this page does not know its address', async () => {
  token = err({ code: 'unavailable', message: 'Failed to fetch' });
  await fail();
  expect(refused).toEqual([expect.objectContaining({ code: 'forbidden', details: { origin: 'http://bando:3000' } })]);
});

test('a door that is away is away, and one that was only just away lets the page in', async () => {
  isThere = false;
  await fail();
  isThere = true;
  await fail();
  expect(refused).toEqual([null, null]);
  expect(problems.map(({ code }) => code)).toEqual(['unavailable', 'unavailable']);
});

test('whoever is let in is refused no longer', () => {
  refuse({ code: 'unauthorized', message: '' });
  wire.handlers.get('connect')?.();
  expect(refused.at(-1)).toBeNull();
});
