import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DoorConnections } from './door-connections.ts';
import type { Door } from './door.ts';
import { createDoors } from './doors.svelte.ts';

const [A, B] = ['http://a.test', 'http://b.test'] as const;

class Line {
  open = true;
  readonly url: string;
  constructor({ url }: Door) {
    this.url = url;
  }
  disconnect(): void {
    this.open = false;
  }
}

function connectionsTo(urls: readonly string[], lingerMs?: number) {
  const lines: Line[] = [];
  const doors = createDoors(urls, (url) => ({ url }) as Door);
  const connect = (door: Door) => {
    const line = new Line(door);
    lines.push(line);
    return line;
  };
  return { doors, lines, connections: new DoorConnections(doors, connect, lingerMs) };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('ND4: a connection that fails is given up for one to another door', async () => {
  const { doors, lines, connections } = connectionsTo([A, B]);
  const [first] = lines as [Line];
  expect(connections.failed(first)).toBe(true);
  expect(first.open).toBe(false);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(lines.map(({ url }) => url)).toEqual([A, B]);
  expect(connections.isPresent(first)).toBe(false);
  expect(connections.ready(lines[1] as Line)).toBe(true);
  expect(doors.url).toBe(B);
  connections.close();
});

test('one that has only one door keeps it: its maker tries again', () => {
  const { lines, connections } = connectionsTo([A]);
  expect(connections.failed(lines[0] as Line)).toBe(false);
  expect(connections.isPresent(lines[0] as Line)).toBe(true);
  connections.close();
});

test('ND5: who is sent away stays connected until the other door is ready, and what it asked is still answered', async () => {
  const { doors, lines, connections } = connectionsTo([A, B], 5_000);
  connections.move([B]);
  const [old, next] = lines as [Line, Line];
  expect([old.open, connections.isPresent(old), next.url, doors.url]).toEqual([true, true, B, A]);
  expect(connections.ready(next)).toBe(true);
  expect([connections.isPresent(next), connections.isPresent(old), old.open, doors.url]).toEqual([
    true,
    false,
    true,
    B,
  ]);
  await vi.advanceTimersByTimeAsync(6_000);
  expect(old.open).toBe(false);
  connections.close();
});

test('ND5: a move that fails changes nothing, and is tried again after a pause only', async () => {
  const { doors, lines, connections } = connectionsTo([A, B]);
  connections.move([B]);
  expect(connections.failed(lines[1] as Line)).toBe(true);
  connections.move([B]);
  expect(lines).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(5_000);
  connections.move([B]);
  expect(lines).toHaveLength(3);
  expect([doors.url, connections.isPresent(lines[0] as Line)]).toEqual([A, true]);
  connections.close();
  expect(lines.some(({ open }) => open)).toBe(false);
});

test('ND5: who has just moved does not move again before the pause is over', async () => {
  const { lines, connections } = connectionsTo([A, B]);
  connections.move([B]);
  connections.ready(lines[1] as Line);
  connections.move([A]);
  expect(lines.map(({ url }) => url)).toEqual([A, B]);
  await vi.advanceTimersByTimeAsync(5_000);
  connections.move([A]);
  expect(lines.map(({ url }) => url)).toEqual([A, B, A]);
  connections.close();
});

test('a door that dies while its page moves is not waited for: the new one takes its place', async () => {
  const { lines, connections } = connectionsTo([A, B]);
  connections.move([B]);
  const [old, next] = lines as [Line, Line];
  connections.failed(old);
  connections.ready(next);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(lines).toHaveLength(2);
  expect(connections.isPresent(next)).toBe(true);
  connections.close();
});
