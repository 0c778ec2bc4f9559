import type { LoggedEvent } from '@loa/shared/broadcasts/events';
import type { LogHead } from './event-log.ts';

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
  /** Whether all that comes after `place` up to `head` can be read, and follows it. */
  leadsOn(place: LogHead, head: LogHead): boolean;
  /** Keeps these instead, none of them read by anybody yet. */
  beginAnew(events: readonly LoggedEvent[]): void;
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

  const after = (version: number, limit: number) => {
    const first = all[0]?.version ?? 0;
    const start = Math.max(0, Math.max(version, forgotten) + 1 - first);
    return all.slice(start, start + limit);
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
    after,
    forgetUpTo(version) {
      forgotten = Math.max(forgotten, version);
      drop(Math.min(unread(), all.length - keep));
    },
    leadsOn(place, head) {
      if (place.version >= head.version) return place.version === head.version && place.hash === head.hash;
      const [next] = after(place.version, 1);
      return next?.version === place.version + 1 && next.prevHash === place.hash;
    },
    beginAnew(events) {
      all = [...events];
      forgotten = 0;
    },
  };
}
