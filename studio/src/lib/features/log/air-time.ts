import { eventSchema, type BroadcastEvent } from '@loa/shared/broadcasts/events';
import type { ZoneId } from '@loa/shared/ids';
import type { ZoneTree } from '@loa/shared/zones/zone-tree';
import type { LogEntry } from './log-answers.ts';

interface Moment {
  readonly at: number;
  readonly event: BroadcastEvent;
}

/** What happened to one broadcast, oldest first; null when the log does not have all of it. */
export function historyOf(entries: readonly LogEntry[], next: number | null): readonly Moment[] | null {
  const moments = entries.flatMap(({ at, data }) => {
    const parsed = eventSchema.safeParse(data);
    return parsed.success ? [{ at, event: parsed.data }] : [];
  });
  const complete = next === null && moments.some(({ event }) => event.type === 'broadcast-started');
  return complete ? moments.reverse() : null;
}

const GAPS: readonly BroadcastEvent['type'][] = [
  'broadcast-interrupted',
  'broadcast-resumed',
  'broadcast-paused',
  'source-lost',
];

/** Whether it was anywhere off the air, or without sound, between its start and its end. */
export function hasGaps(history: readonly Moment[]): boolean {
  return history.some(({ event }) => GAPS.includes(event.type));
}

/**
 * How long it was on the air in one zone, in ms: while it was paused, without its source, or interrupted there, no receiver had
 * anything to play. A zone that another programme had from the beginning is known by its first gain only (BR5). Null when it
 * cannot be told, because zones have gone since.
 */
export function airMsIn(
  history: readonly Moment[],
  tree: ZoneTree,
  zone: ZoneId,
  [from, until]: readonly [number, number],
): number | null {
  let sum = 0;
  let since = from;
  let paused = false;
  let lost = false;
  let taken = false;
  let moved = false;
  for (const { at, event } of history) {
    if (!paused && !lost && !taken) sum += Math.max(0, Math.min(at, until) - since);
    since = Math.min(Math.max(at, since), until);
    if (event.type === 'broadcast-paused') paused = true;
    if (event.type === 'broadcast-unpaused') paused = false;
    if (event.type === 'source-lost') lost = true;
    if (event.type === 'source-found') lost = false;
    if (event.type !== 'broadcast-interrupted' && event.type !== 'broadcast-resumed') continue;
    if (![zone, ...event.zones].every((id) => tree.has(id))) return null;
    if (!event.zones.some((id) => tree.covers(id, zone))) continue;
    taken = event.type === 'broadcast-interrupted';
    if (!taken && !moved) sum = 0;
    moved = true;
  }
  return paused || lost || taken ? sum : sum + Math.max(0, until - since);
}
