import type { LoggedEvent } from '@loa/shared/broadcasts/events';

/** Events kept for a door that is away; at ten events a second this is well over an hour. */
export const MAX_RETAINED_EVENTS = 50_000;

/** The end of a log in memory: contiguous, bounded. */
export interface RetainedEvents {
  /** Oldest first; also those that are forgotten but still kept for `keep`. */
  readonly all: readonly LoggedEvent[];
  get(version: number): LoggedEvent | undefined;
  push(events: readonly LoggedEvent[]): void;
  after(version: number, limit: number): LoggedEvent[];
  /** Nobody reads events up to `version` any more. */
  forgetUpTo(version: number): void;
  clear(): void;
}

/** `keep`: so many of the newest stay in `all` whether forgotten or not. */
export function createRetainedEvents(keep: number, onOverflow: (lost: number) => void): RetainedEvents {
  let all: LoggedEvent[] = [];
  let forgotten = 0;

  const drop = (count: number) => {
    if (count > 0) all = all.slice(count);
  };
  const unread = () => {
    const first = all[0]?.version ?? 0;
    return Math.max(0, forgotten + 1 - first);
  };

  return {
    get all() {
      return all;
    },
    get: (version) => all[version - (all[0]?.version ?? 0)],
    push(events) {
      for (const entry of events) all.push(entry);
      const surplus = all.length - MAX_RETAINED_EVENTS;
      if (surplus <= 0) return;
      const lost = surplus - unread();
      drop(surplus);
      if (lost > 0) onOverflow(lost);
    },
    after(version, limit) {
      const first = all[0]?.version ?? 0;
      const start = Math.max(0, Math.max(version, forgotten) + 1 - first);
      return all.slice(start, start + limit);
    },
    forgetUpTo(version) {
      forgotten = Math.max(forgotten, version);
      drop(Math.min(unread(), all.length - keep));
    },
    clear() {
      all = [];
    },
  };
}
