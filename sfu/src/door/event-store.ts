import type { Logger } from 'pino';
import type { LoggedEvent } from '@loa/shared/broadcasts/events';

/** A database that is away is asked again this often; meanwhile the pump keeps the events as well. */
const STORE_RETRY_MS = 2_000;
const EVENTS_PER_BATCH = 100;
/** Events that wait here; as many as the pump keeps (`MAX_RETAINED_EVENTS`): days of ordinary work. */
export const MAX_UNSTORED_EVENTS = 50_000;

/** Brings events into the database, in order, whenever it is there. Nobody waits for it. */
export interface EventStore {
  /** Takes events that follow what it has; what it has already is left out. */
  add(events: readonly LoggedEvent[]): void;
  readonly waiting: number;
  /** Settles when all is stored, or as soon as the database does not take it; answers whether all is stored. */
  settled(): Promise<boolean>;
  /** One last attempt of at most `timeoutMs`; what is not stored then is still with the pump. */
  close(timeoutMs: number): Promise<void>;
}

export interface EventStoreOptions {
  store(events: readonly LoggedEvent[]): Promise<void>;
  /** Everything up to here is in the database. */
  onStored(version: number): void;
  readonly log: Logger;
}

export function createEventStore({ store, onStored, log }: EventStoreOptions): EventStore {
  const unstored: LoggedEvent[] = [];
  let lastVersion = 0;
  let running = false;
  let retry: NodeJS.Timeout | undefined;
  let failing = false;
  let closed = false;
  let lookers: Array<(all: boolean) => void> = [];

  const tell = () => {
    for (const look of lookers.splice(0)) look(unstored.length === 0);
  };

  const run = async () => {
    running = true;
    clearTimeout(retry);
    while (unstored.length > 0 && !closed) {
      const batch = unstored.slice(0, EVENTS_PER_BATCH);
      try {
        await store(batch);
      } catch (error) {
        failing = true;
        running = false;
        log.error({ err: error, unstored: unstored.length }, 'the database does not take the log; trying again');
        tell();
        if (!closed) retry = setTimeout(() => void run(), STORE_RETRY_MS);
        return;
      }
      failing = false;
      const version = batch.at(-1)?.version ?? 0;
      // While it was stored the oldest may have been given up.
      while (unstored[0] && unstored[0].version <= version) unstored.shift();
      onStored(version);
    }
    running = false;
    tell();
  };

  return {
    add(events) {
      for (const entry of events) {
        if (entry.version <= lastVersion) continue;
        lastVersion = entry.version;
        unstored.push(entry);
      }
      const surplus = unstored.length - MAX_UNSTORED_EVENTS;
      if (surplus > 0) {
        unstored.splice(0, surplus);
        log.error({ surplus }, 'too many events wait for the database; the oldest are lost');
      }
      if (!running && !failing && unstored.length > 0) void run();
    },
    get waiting() {
      return unstored.length;
    },
    settled() {
      if (unstored.length === 0 || failing) return Promise.resolve(unstored.length === 0);
      return new Promise((resolve) => lookers.push(resolve));
    },
    async close(timeoutMs) {
      clearTimeout(retry);
      if (unstored.length > 0 && !running) void run();
      if (running) {
        let timer: NodeJS.Timeout | undefined;
        await Promise.race([
          new Promise<void>((resolve) => lookers.push(() => resolve())),
          new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs))),
        ]);
        clearTimeout(timer);
      }
      closed = true;
      clearTimeout(retry);
      lookers = [];
    },
  };
}
