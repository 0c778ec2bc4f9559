import type { Logger } from 'pino';
import type { LoggedEvent } from '@loa/shared/broadcasts/events';
import { createRetryingStore, type RetryingStore } from './retrying-store.ts';

/** Events that wait here; as many as the pump keeps (`MAX_RETAINED_EVENTS`): days of ordinary work. */
export const MAX_UNSTORED_EVENTS = 50_000;

/** Brings events into the database; what is not stored at the end is still with the pump. Takes events that follow what it has. */
export type EventStore = RetryingStore<LoggedEvent>;

export interface EventStoreOptions {
  store(events: readonly LoggedEvent[]): Promise<void>;
  /** Everything up to here is in the database. */
  onStored(version: number): void;
  readonly log: Logger;
}

export function createEventStore({ store, onStored, log }: EventStoreOptions): EventStore {
  let lastVersion = 0;
  const events = createRetryingStore<LoggedEvent>({
    what: 'events',
    max: MAX_UNSTORED_EVENTS,
    store,
    onStored: (batch) => onStored(batch.at(-1)?.version ?? 0),
    log,
  });
  return {
    add(entries) {
      const fresh = entries.filter(({ version }) => version > lastVersion);
      lastVersion = fresh.at(-1)?.version ?? lastVersion;
      events.add(fresh);
    },
    get waiting() {
      return events.waiting;
    },
    settled: events.settled,
    close: events.close,
  };
}
