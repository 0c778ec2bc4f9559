import type { LoggedEvent } from '@loa/shared/broadcasts/events';
import { err, ok } from '@loa/shared/result';
import { hashEvent } from './event-hash.ts';
import type { EventLog, LogHead } from './event-log.ts';

/** Events kept for a door that is away; at ten events a second this is well over an hour. */
export const MAX_RETAINED_EVENTS = 50_000;

/** The log of a single node. It goes on from `start`, which the door reads from the database. */
export function createMemoryLog(start: LogHead, onOverflow: (lost: number) => void): EventLog {
  let head = start;
  let retained: LoggedEvent[] = [];
  const listeners = new Set<(events: readonly LoggedEvent[]) => void>();

  return {
    get head() {
      return head;
    },
    append(expectedVersion, events, at) {
      if (expectedVersion !== head.version) return Promise.resolve(err({ version: head.version }));
      const logged = events.map((event): LoggedEvent => {
        const version = head.version + 1;
        const hash = hashEvent(head.hash, version, at, event);
        const entry = { version, at, prevHash: head.hash, hash, event };
        head = { version, hash };
        return entry;
      });
      retained.push(...logged);
      if (retained.length > MAX_RETAINED_EVENTS) {
        onOverflow(retained.length - MAX_RETAINED_EVENTS);
        retained = retained.slice(-MAX_RETAINED_EVENTS);
      }
      if (logged.length > 0) for (const listener of listeners) listener(logged);
      return Promise.resolve(ok(logged));
    },
    readAfter: (version, limit) => Promise.resolve(retained.filter((entry) => entry.version > version).slice(0, limit)),
    forgetUpTo(version) {
      retained = retained.filter((entry) => entry.version > version);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
