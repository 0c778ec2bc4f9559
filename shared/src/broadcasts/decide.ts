import type { BroadcastId } from '../ids.ts';
import { err, ok, type Result } from '../result.ts';
import { type LogAuthority, mayDecideLocally } from '../log/local-authority.ts';
import type { Instant } from '../time.ts';
import type { ZoneTree } from '../zones/zone-tree.ts';
import type { Command } from './commands.ts';
import { createDraft, nextStep, withEvent, type Draft } from './draft.ts';
import type { BroadcastEvent, EndReason } from './events.ts';
import { SOURCE_KEEP_MS } from './limits.ts';
import { reportMoves } from './moves.ts';
import { segmentPositionAt } from './position.ts';
import { LEVEL } from './rank.ts';
import type { Refusal } from './refusal.ts';
import { rezone } from './rezone.ts';
import { freeSourceFor, userOfSource } from './source-use.ts';
import { startBroadcast } from './start.ts';
import type { LiveBroadcast, LiveState } from './state.ts';
import { admitWaiting, boundedLife, letTimePass } from './time-passing.ts';

/**
 * BR1: what follows from a command at `now`: events in the order in which they are to be logged, all at `now`, none when
 * nothing changes; or why it is refused. Pure: the same arguments always give the same answer. LA1: under `local` authority only
 * emergencies are decided about.
 */
export function decide(
  state: LiveState,
  tree: ZoneTree,
  command: Command,
  now: Instant,
  authority: LogAuthority = 'shared',
): Result<BroadcastEvent[], Refusal> {
  // BR21: the same start again changes nothing; the caller finds its broadcast by `usedKeys`.
  if (command.type === 'start' && state.usedKeys.has(command.spec.key)) return ok([]);
  if (authority === 'local' && !mayDecideLocally(state, command)) return err({ code: 'log-away' });
  const begun = createDraft(state, tree, now, authority);
  // Before time passes, or what only changed its name would end as gone.
  const placed = command.type === 'zones-changed' ? rezone(begun, command.gone) : begun;
  // Two steps, each with its own report: a command that comes late finds exactly what a tick before it would have left.
  const timely = reportMoves(letTimePass(placed));
  const carriedOut = carryOut(nextStep(timely), command);
  if (!carriedOut.ok) return carriedOut;
  return ok([...reportMoves(admitWaiting(carriedOut.value)).events]);
}

function carryOut(draft: Draft, command: Command): Result<Draft, Refusal> {
  switch (command.type) {
    case 'tick':
    case 'zones-changed':
      return ok(draft);
    case 'start':
      return startBroadcast(draft, command.spec, command.playedSince);
    case 'stop':
      return end(draft, command.broadcastId, 'stopped', { by: command.by });
    case 'segment-ended':
      return end(draft, command.broadcastId, 'finished', { storedOnly: true });
    case 'source-failed':
      return end(draft, command.broadcastId, 'source-failed', { detail: command.detail });
    case 'pause':
      return onAir(draft, command.broadcastId, (broadcast) => pause(draft, broadcast, command.by));
    case 'unpause':
      return onAir(draft, command.broadcastId, ({ id, paused }) =>
        ok(paused ? withEvent(draft, { type: 'broadcast-unpaused', broadcastId: id, by: command.by }) : draft),
      );
    case 'extend':
      return onAir(draft, command.broadcastId, (broadcast) => extend(draft, broadcast, command));
    case 'source-lost':
      return loseSource(draft, command);
    case 'source-back':
      return regainSource(draft, command);
    case 'source-found':
      return findSource(draft, command);
  }
}

/** BR19: to end what has ended already changes nothing, so a second press and a late report are harmless. */
function end(
  draft: Draft,
  id: BroadcastId,
  reason: EndReason,
  how: { by?: LiveBroadcast['spec']['by']; detail?: string; storedOnly?: boolean },
): Result<Draft, Refusal> {
  const broadcast = draft.state.broadcasts.get(id);
  if (!broadcast) {
    const refusal = missing(draft, id);
    return refusal.code === 'unknown-broadcast' ? err(refusal) : ok(draft);
  }
  if (how.storedOnly && broadcast.spec.source.kind !== 'segment') return err({ code: 'not-stored-source' });
  const event = {
    type: 'broadcast-ended',
    broadcastId: id,
    reason,
    by: how.by ?? null,
    detail: how.detail ?? null,
  } as const;
  return ok(withEvent(draft, event));
}

function pause(draft: Draft, broadcast: LiveBroadcast, by: LiveBroadcast['spec']['by']): Result<Draft, Refusal> {
  const positionMs = segmentPositionAt(broadcast, draft.now);
  if (positionMs === null) return err({ code: 'not-pausable' });
  if (broadcast.paused) return ok(draft);
  return ok(withEvent(draft, { type: 'broadcast-paused', broadcastId: broadcast.id, by, positionMs }));
}

/** BR18: an extension counts from now and never shortens; what has no limit gets none. */
function extend(
  draft: Draft,
  broadcast: LiveBroadcast,
  command: Extract<Command, { type: 'extend' }>,
): Result<Draft, Refusal> {
  const lifeMs = broadcast.spec.level === LEVEL.emergency ? boundedLife(command.lifeMs) : command.lifeMs;
  const expiresAt = draft.now + lifeMs;
  if (broadcast.expiresAt === null || expiresAt <= broadcast.expiresAt) return ok(draft);
  return ok(withEvent(draft, { type: 'broadcast-extended', broadcastId: broadcast.id, by: command.by, expiresAt }));
}

/** BR16: the slot is kept for a while; a source that nobody uses, or that is away already, changes nothing. */
function loseSource(draft: Draft, command: Extract<Command, { type: 'source-lost' }>): Result<Draft, Refusal> {
  const id = userOfSource(draft.state, command.sourceId);
  const broadcast = id === null ? undefined : draft.state.broadcasts.get(id);
  if (!broadcast || broadcast.sourceKeepUntil !== null) return ok(draft);
  const keepUntil = draft.now + SOURCE_KEEP_MS;
  return ok(withEvent(draft, { type: 'source-lost', broadcastId: broadcast.id, keepUntil }));
}

/** BR16, LS20: only what was lost comes back, and only to the broadcast that uses it still; who says so may have slept since. */
function regainSource(draft: Draft, { sourceId }: Extract<Command, { type: 'source-back' }>): Result<Draft, Refusal> {
  const id = userOfSource(draft.state, sourceId);
  const broadcast = id === null ? undefined : draft.state.broadcasts.get(id);
  if (!broadcast || broadcast.sourceKeepUntil === null) return ok(draft);
  return ok(withEvent(draft, { type: 'source-found', broadcastId: broadcast.id, sourceId }));
}

/** BR17, BR29: the source is attached again, perhaps as another session of the same presenter. */
function findSource(draft: Draft, command: Extract<Command, { type: 'source-found' }>): Result<Draft, Refusal> {
  const { broadcastId, sourceId } = command;
  const broadcast = draft.state.broadcasts.get(broadcastId);
  if (!broadcast) return err(missing(draft, broadcastId));
  const { source, level, by } = broadcast.spec;
  if (source.kind !== 'live') return err({ code: 'not-live-source' });
  if (source.sourceId === sourceId && broadcast.sourceKeepUntil === null) return ok(draft);
  const freed = freeSourceFor(draft, sourceId, { id: broadcastId, level }, command.by ?? by);
  if (!freed.ok) return freed;
  const event = { type: 'source-found', broadcastId, sourceId, ...(command.by && { by: command.by }) } as const;
  return ok(withEvent(freed.value, event));
}

function onAir(
  draft: Draft,
  id: BroadcastId,
  then: (broadcast: LiveBroadcast) => Result<Draft, Refusal>,
): Result<Draft, Refusal> {
  const broadcast = draft.state.broadcasts.get(id);
  if (!broadcast) return err(missing(draft, id));
  return broadcast.phase === 'on-air' ? then(broadcast) : err({ code: 'not-on-air' });
}

/** Why a broadcast is not there: over at this very instant, over before, or never heard of. */
function missing({ state, events }: Draft, id: BroadcastId): Refusal {
  for (const event of events) {
    if (event.type !== 'broadcast-ended' || event.broadcastId !== id) continue;
    return event.reason === 'life-over' ? { code: 'life-over' } : { code: 'already-ended', detail: event.reason };
  }
  return [...state.usedKeys.values()].includes(id)
    ? { code: 'already-ended' }
    : { code: 'unknown-broadcast', detail: id };
}
