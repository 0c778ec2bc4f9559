import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LoggedEvent } from '@loa/shared/broadcasts/events';
import { createEventStore, MAX_UNSTORED_EVENTS } from './event-store.ts';

const log = pino({ level: 'silent' });
const events = (from: number, count: number) =>
  Array.from({ length: count }, (_, n) => ({ version: from + n, hash: `hash-${from + n}` }) as LoggedEvent);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp() {
  const database = { up: true, rows: [] as number[], attempts: 0 };
  const told: number[] = [];
  const store = createEventStore({
    store(batch) {
      database.attempts += 1;
      if (!database.up) return Promise.reject(new Error('away'));
      database.rows.push(...batch.map((item) => (item.kind === 'lost' ? -1 : item.entry.version)));
      return Promise.resolve();
    },
    onStored: ({ version }) => told.push(version),
    log,
  });
  return { database, told, store };
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n + 1);

describe('the event store', () => {
  it('stores everything once and in order, and says how far it is', async () => {
    const { database, told, store } = setUp();
    store.add(events(1, 3));
    store.add(events(4, 248));
    expect(await store.settled()).toBe(true);
    expect(database.rows).toEqual(upTo(251));
    expect(told.at(-1)).toBe(251);
    expect(store.waiting).toBe(0);
  });

  it('who waits for a database that says nothing goes on when the store is closed', async () => {
    const store = createEventStore({ store: () => new Promise(() => undefined), onStored: () => undefined, log });
    store.add(events(1, 1));
    const settled = store.settled();
    const closed = store.close(1_000);
    await vi.advanceTimersByTimeAsync(1_000);
    await closed;
    expect(await settled).toBe(false);
  });

  it('LA6: keeps what is not in the log in its place, and never says that the log has it', async () => {
    const { database, told, store } = setUp();
    const [entry] = events(3, 1);
    if (!entry) throw new Error('no event');
    store.add(events(1, 2));
    store.addBeside({ kind: 'local', entry, node: 'a', run: 'r' });
    store.addBeside({ kind: 'lost', node: 'a', exceptRun: null, live: [], reason: 'overruled', at: 0 });
    store.add(events(3, 1));
    expect(await store.settled()).toBe(true);
    expect(database.rows).toEqual([1, 2, 3, -1, 3]);
    expect(told.at(-1)).toBe(3);
    store.addBeside({ kind: 'local', entry, node: 'a', run: 'r' });
    expect(await store.settled()).toBe(true);
    expect(told).not.toContain(4);
  });

  it('keeps what a database that is away does not take, and stores it when it is back', async () => {
    const { database, told, store } = setUp();
    database.up = false;
    store.add(events(1, 2));
    expect(await store.settled()).toBe(false);
    store.add(events(3, 2));
    expect(await store.settled()).toBe(false);
    expect({ waiting: store.waiting, told }).toEqual({ waiting: 4, told: [] });
    database.up = true;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(database.rows).toEqual(upTo(4));
    expect(await store.settled()).toBe(true);
  });

  it('keeps nobody waiting for a database that is silent', async () => {
    const store = createEventStore({ store: () => new Promise(() => undefined), onStored: () => undefined, log });
    store.add(events(1, 1));
    const settled = store.settled(1_000);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await settled).toBe(false);
  });

  it('does not hammer a database that is away', async () => {
    const { database, store } = setUp();
    database.up = false;
    for (let n = 1; n <= 500; n++) store.add(events(n, 1));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(database.attempts).toBeLessThanOrEqual(7);
  });

  it('is bounded: the oldest are given up, and EL4: the log is never told that it may forget them', async () => {
    const { database, told, store } = setUp();
    database.up = false;
    store.add(events(1, MAX_UNSTORED_EVENTS + 10));
    await store.settled();
    database.up = true;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(database.rows[0]).toBe(11);
    expect(database.rows).toHaveLength(MAX_UNSTORED_EVENTS);
    expect(told).toEqual([]);
  });

  it('tries once more when it is closed, but waits no longer than it may', async () => {
    const { database, store } = setUp();
    database.up = false;
    store.add(events(1, 1));
    await store.settled();
    database.up = true;
    await store.close(1_000);
    expect(database.rows).toEqual([1]);

    const hanging = createEventStore({ store: () => new Promise(() => undefined), onStored: () => undefined, log });
    hanging.add(events(1, 1));
    const closing = hanging.close(1_000);
    await vi.advanceTimersByTimeAsync(1_000);
    await expect(closing).resolves.toBeUndefined();
  });
});
