import type { LoggedEvent } from '@loa/shared/broadcasts/events';

/** A door asks for more until there is none. */
export const MAX_EVENTS_PER_FRAME = 50;
/** UTF-16 units of events in one frame: below `MAX_LINK_FRAME_BYTES`, whatever stands around them. */
const MAX_UNITS_PER_FRAME = 2_000_000;

/** Events in their order, in parts of which each fits into a link frame. */
export function toEventParts(events: readonly LoggedEvent[]): LoggedEvent[][] {
  const parts: LoggedEvent[][] = [];
  let room = 0;
  for (const entry of events) {
    const units = events.length === 1 ? 0 : JSON.stringify(entry).length;
    const last = parts.at(-1);
    if (last && units <= room && last.length < MAX_EVENTS_PER_FRAME) {
      last.push(entry);
      room -= units;
    } else {
      parts.push([entry]);
      room = MAX_UNITS_PER_FRAME - units;
    }
  }
  return parts;
}
