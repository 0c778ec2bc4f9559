import type { BroadcastEvent, LoggedEvent } from '@loa/shared/broadcasts/events';
import type { Instant } from '@loa/shared/time';
import { hashEvent } from './event-hash.ts';
import type { LogHead } from './event-log.ts';

/** EL1: events as they stand in the log after `head`. */
export function chainEvents(head: LogHead, events: readonly BroadcastEvent[], at: Instant): LoggedEvent[] {
  let { version, hash: prevHash } = head;
  return events.map((event) => {
    version += 1;
    const hash = hashEvent(prevHash, version, at, event);
    const entry = { version, at, prevHash, hash, event };
    prevHash = hash;
    return entry;
  });
}

/** EL1: whether `events` follow `head` without a gap, each on its predecessor. */
export function isChained(head: LogHead, events: readonly LoggedEvent[]): boolean {
  let last = head;
  return events.every((entry) => {
    const follows = entry.version === last.version + 1 && entry.prevHash === last.hash;
    last = entry;
    return follows;
  });
}
