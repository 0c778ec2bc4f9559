import type { Logger } from 'pino';
import type { LoggedEvent } from '@loa/shared/broadcasts/events';
import type { LogPlace } from '@loa/shared/log/compare-logs';
import type { LastKnown } from './last-known/last-known.ts';
import type { StoreItem } from './repositories/event-repository.ts';
import { createRetryingStore, type RetryingStore } from './retrying-store.ts';

/** Events that wait here; as many as the pump keeps (`MAX_RETAINED_EVENTS`): days of ordinary work. */
export const MAX_UNSTORED_EVENTS = 50_000;

/** Brings events into the database, in the order given; what is not stored at the end is still with the pump. */
export interface EventStore extends Pick<RetryingStore<StoreItem>, 'waiting' | 'settled' | 'close'> {
  /** Events of the log that wait, in order. */
  readonly logged: readonly LoggedEvent[];
  /** Events of the log. */
  add(events: readonly LoggedEvent[]): void;
  /** LA6: events that are not in the log, and what has become of such. */
  addBeside(item: Exclude<StoreItem, { kind: 'log' }>): void;
}

export interface EventStoreOptions {
  store(items: readonly StoreItem[]): Promise<void>;
  /** Everything of the log up to here is in the database. */
  onStored(place: LogPlace): void;
  /** EL31 */
  readonly kept?: LastKnown['events'];
  readonly log: Logger;
}

export function createEventStore({ store, onStored, kept, log }: EventStoreOptions): EventStore {
  let hasGap = false;
  const items = createRetryingStore<StoreItem>({
    what: 'events',
    max: MAX_UNSTORED_EVENTS,
    store,
    ...(kept ? { kept } : {}),
    onGivenUp(surplus) {
      hasGap ||= surplus.some(({ kind }) => kind === 'log');
    },
    onStored(batch) {
      const last = batch.findLast((item) => item.kind === 'log');
      // EL4: what the database lacks is nowhere but in the log: it must not be told that it may go there.
      if (last && !hasGap) onStored({ version: last.entry.version, hash: last.entry.hash });
    },
    log,
  });
  return {
    add: (events) => items.add(events.map((entry) => ({ kind: 'log', entry }))),
    addBeside: (item) => items.add([item]),
    get waiting() {
      return items.waiting;
    },
    get logged() {
      return items.items.flatMap((item) => (item.kind === 'log' ? item.entry : []));
    },
    settled: items.settled,
    close: items.close,
  };
}
