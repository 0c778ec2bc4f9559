import type { LoggedEvent } from '@loa/shared/broadcasts/events';

/** Events that wait in their order, up to a bound. A list with a hole is of no use: with one too many all are given up, and further ones too, until it is emptied. */
export interface WaitingEvents {
  /** False: they are too many, or some were before; nothing is kept. */
  add(events: readonly LoggedEvent[]): boolean;
  /** Whether something was given up since it was emptied last. */
  readonly hasGap: boolean;
  readonly length: number;
  /** Takes out all of them, oldest first. */
  empty(): LoggedEvent[];
}

export function createWaitingEvents(max: number): WaitingEvents {
  let waiting: LoggedEvent[] = [];
  let hasGap = false;
  return {
    add(events) {
      hasGap ||= waiting.length + events.length > max;
      if (hasGap) waiting = [];
      else for (const entry of events) waiting.push(entry);
      return !hasGap;
    },
    get hasGap() {
      return hasGap;
    },
    get length() {
      return waiting.length;
    },
    empty() {
      const all = waiting;
      waiting = [];
      hasGap = false;
      return all;
    },
  };
}
