import type { Instant, Millis } from '../time.ts';
import { isEmpty } from '../zones/leaf-set.ts';
import type { ZoneTree } from '../zones/zone-tree.ts';
import type { StartSpec } from './commands.ts';
import { withEvent, type Draft } from './draft.ts';
import type { EndReason } from './events.ts';
import { holdingsOf, wouldHear } from './holdings.ts';
import { DEFAULT_EMERGENCY_LIFE_MS, MAX_EMERGENCY_LIFE_MS, SEGMENT_OVERRUN_MS } from './limits.ts';
import { compareBroadcasts } from './order.ts';
import { positionAt } from './position.ts';
import { LEVEL } from './rank.ts';
import type { LiveBroadcast } from './state.ts';

/** BR18: when a broadcast that goes on the air at `now` ends by itself; null: never. */
export function endOfLife(spec: Pick<StartSpec, 'level' | 'maxLifeMs'>, now: Instant): Instant | null {
  if (spec.level === LEVEL.emergency) return now + boundedLife(spec.maxLifeMs ?? DEFAULT_EMERGENCY_LIFE_MS);
  return spec.maxLifeMs === undefined ? null : now + spec.maxLifeMs;
}

/** BR18: the longest life an emergency can be given at once. */
export function boundedLife(lifeMs: Millis): Millis {
  return Math.min(lifeMs, MAX_EMERGENCY_LIFE_MS);
}

/**
 * BR4: ends whatever is over at `now`, lets waiting broadcasts on the air, then ends those that have waited too long:
 * a zone that comes free at the last moment is still given.
 */
export function letTimePass(draft: Draft): Draft {
  let next = draft;
  for (const broadcast of passing(draft)) {
    const reason = reasonToEnd(broadcast, draft.tree, draft.now);
    if (reason) next = withEnd(next, broadcast, reason);
  }
  next = admitWaiting(next);
  for (const broadcast of passing(next)) {
    if (broadcast.phase === 'waiting' && isOver(broadcast.expiresAt, draft.now)) {
      next = withEnd(next, broadcast, 'waited-too-long');
    }
  }
  return next;
}

/** BR12: waiting broadcasts go on the air, the first in the total order first, when at least one leaf is free for them. */
export function admitWaiting(draft: Draft): Draft {
  let next = draft;
  for (const broadcast of passing(draft)) {
    // Taking a zone from somebody for a microphone that is away would only make it silent.
    if (broadcast.phase !== 'waiting' || broadcast.sourceKeepUntil !== null) continue;
    if (isEmpty(wouldHear(holdingsOf(next.state, next.tree), next.tree, broadcast))) continue;
    const expiresAt = endOfLife(broadcast.spec, draft.now);
    next = withEvent(next, { type: 'broadcast-admitted', broadcastId: broadcast.id, expiresAt });
  }
  return next;
}

function reasonToEnd(broadcast: LiveBroadcast, tree: ZoneTree, now: Instant): EndReason | null {
  if (isEmpty(tree.leafSetOf(broadcast.spec.zones))) return 'zones-gone';
  if (broadcast.phase === 'on-air' && isOver(broadcast.expiresAt, now)) return 'life-over';
  if (isOver(broadcast.sourceKeepUntil, now)) return 'source-lost';
  const { playhead, spec } = broadcast;
  if (playhead && spec.source.kind === 'segment') {
    if (positionAt(playhead, now) >= spec.source.durationMs + SEGMENT_OVERRUN_MS) return 'finished';
  }
  return null;
}

/** A time limit is half-open: at the limit itself it is over. */
function isOver(limit: Instant | null, now: Instant): boolean {
  return limit !== null && limit <= now;
}

function withEnd(draft: Draft, broadcast: LiveBroadcast, reason: EndReason): Draft {
  return withEvent(draft, { type: 'broadcast-ended', broadcastId: broadcast.id, reason, by: null, detail: null });
}

/** Those for which time passes, in the total order. LA1: a node on its own lets it pass for emergencies only. */
function passing({ state, authority }: Draft): LiveBroadcast[] {
  const all = [...state.broadcasts.values()].sort(compareBroadcasts);
  return authority === 'shared' ? all : all.filter(({ spec }) => spec.level === LEVEL.emergency);
}
