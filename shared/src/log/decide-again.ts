import type { Command } from '../broadcasts/commands.ts';
import type { BroadcastEvent, LoggedEvent } from '../broadcasts/events.ts';
import { LEVEL } from '../broadcasts/rank.ts';
import type { LiveState } from '../broadcasts/state.ts';
import type { BroadcastId } from '../ids.ts';
import type { Instant } from '../time.ts';

/** What becomes of the events that a fork has lost. */
export interface LostWork {
  /** Commands to be given again, in this order, on the state of the log that stays. */
  readonly again: readonly Command[];
  /** Broadcasts that began in the lost part and are not started again, because they are over by now. */
  readonly over: readonly BroadcastId[];
}

/**
 * EL7: what has to be done again of `lost` events at `now`. People's orders are given again as commands and so decided anew;
 * what followed from them by itself follows again, and what nodes keep reporting (sources lost and back) is reported again.
 * @param before What was live with the lost events (LA41).
 */
export function decideAgain(
  lost: readonly Pick<LoggedEvent, 'event'>[],
  now: Instant,
  before: LiveState['broadcasts'] = new Map(),
): LostWork {
  const events = lost.map(({ event }) => event);
  const ended = new Set(events.flatMap((event) => (event.type === 'broadcast-ended' ? event.broadcastId : [])));
  const started = events.filter((event) => event.type === 'broadcast-started');
  const over = started
    .filter(({ broadcastId }) => ended.has(broadcastId) || isOver(events, broadcastId, now))
    .map(({ broadcastId }) => broadcastId);
  const again = events.flatMap((event, i) =>
    over.includes(event.broadcastId) || isUndone(event, events.slice(i + 1)) ? [] : toCommand(event, now, before),
  );
  return { again, over };
}

/** EL8: of orders that undo each other only the last is given again, or giving them twice would do more than once. */
const UNDONE_BY: Partial<Record<BroadcastEvent['type'], readonly BroadcastEvent['type'][]>> = Object.freeze({
  'broadcast-paused': ['broadcast-paused', 'broadcast-unpaused'],
  'broadcast-unpaused': ['broadcast-paused', 'broadcast-unpaused'],
  'source-found': ['source-found'],
});

function isUndone(event: BroadcastEvent, later: readonly BroadcastEvent[]): boolean {
  const by = UNDONE_BY[event.type] ?? [];
  return later.some((other) => other.broadcastId === event.broadcastId && by.includes(other.type) && isOrder(other));
}

/** LA42: not what a source did by itself. */
const isOrder = (event: BroadcastEvent): boolean => event.type !== 'source-found' || event.by !== undefined;

/** A life counts from the start that people heard, not from its second decision. */
function isOver(events: readonly BroadcastEvent[], id: BroadcastId, now: Instant): boolean {
  const until = lastExpiry(events, id);
  return until !== null && until - now < MIN_LIFE_MS;
}

function lastExpiry(events: readonly BroadcastEvent[], id: BroadcastId): Instant | null {
  let until: Instant | null = null;
  for (const event of events) if (event.broadcastId === id && 'expiresAt' in event) until = event.expiresAt;
  return until;
}

/** The shortest life that a command can ask for. */
const MIN_LIFE_MS = 1_000;

/** LA41: what has been heard is not played again. */
function playedSince(id: BroadcastId, now: Instant, before: LiveState['broadcasts']): { playedSince?: Instant } {
  const { phase, playhead } = before.get(id) ?? {};
  return phase === 'on-air' && playhead ? { playedSince: (playhead.runningSince ?? now) - playhead.positionMs } : {};
}

function toCommand(event: BroadcastEvent, now: Instant, before: LiveState['broadcasts']): Command[] {
  const { broadcastId } = event;
  switch (event.type) {
    case 'broadcast-started': {
      // LA4: others of its rank may have its zones now; it is not refused for that, it was on the air already.
      const spec = event.spec.level === LEVEL.emergency ? { ...event.spec, wait: true } : event.spec;
      const place = playedSince(broadcastId, now, before);
      // What is still waiting begins to wait anew; only a life on the air has begun to run.
      if (event.phase === 'waiting' || event.expiresAt === null) return [{ type: 'start', spec, ...place }];
      const maxLifeMs = Math.max(MIN_LIFE_MS, event.expiresAt - now);
      return [{ type: 'start', spec: { ...spec, maxLifeMs }, ...place }];
    }
    case 'broadcast-paused':
      return [{ type: 'pause', broadcastId, by: event.by }];
    case 'broadcast-unpaused':
      return [{ type: 'unpause', broadcastId, by: event.by }];
    case 'broadcast-extended': {
      const lifeMs = event.expiresAt - now;
      return lifeMs < MIN_LIFE_MS ? [] : [{ type: 'extend', broadcastId, lifeMs, by: event.by }];
    }
    case 'broadcast-ended':
      return event.reason === 'stopped' && event.by ? [{ type: 'stop', broadcastId, by: event.by }] : [];
    case 'source-found':
      // LA42: what is back by itself is reported again, by whoever has it; the broadcast may have another source by now.
      return event.by ? [{ type: 'source-found', broadcastId, sourceId: event.sourceId, by: event.by }] : [];
    default:
      return [];
  }
}
