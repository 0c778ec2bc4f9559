import type { LoggedEvent } from '@loa/shared/broadcasts/events';
import { err, ok } from '@loa/shared/result';
import { chainEvents } from './chain-events.ts';
import type { EventLog, LogHead } from './event-log.ts';
import { createRetainedEvents } from './retained-events.ts';

/** The log of a single node. It goes on from `start`, which the door reads from the database. */
export function createMemoryLog(start: LogHead, onOverflow: (lost: number) => void): EventLog {
  let head = start;
  const retained = createRetainedEvents(0, onOverflow);
  const listeners = new Set<(events: readonly LoggedEvent[]) => void>();

  return {
    get head() {
      return head;
    },
    reachable: true,
    localAfter: null,
    opened: null,
    append(expectedVersion, events, at) {
      if (expectedVersion !== head.version) return Promise.resolve(err({ code: 'conflict', version: head.version }));
      const logged = chainEvents(head, events, at);
      const last = logged.at(-1);
      if (last) {
        head = { version: last.version, hash: last.hash };
        retained.push(logged);
        for (const listener of listeners) listener(logged);
      }
      return Promise.resolve(ok(logged));
    },
    readAfter: (version, limit) => Promise.resolve(retained.after(version, limit)),
    isOn: (place) => retained.leadsOn(place, head),
    forgetUpTo: (version) => retained.forgetUpTo(version),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    // Nobody else appends, and nothing but this process can lose it.
    onReplaced: () => undefined,
    onStanding: () => undefined,
    storeStatesOf: () => undefined,
    catchUp: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
