import type { BroadcastId } from '../ids.ts';
import { err, ok, type Result } from '../result.ts';
import type { StartSpec } from './commands.ts';
import { isHeardIn, withEvent, type Draft } from './draft.ts';
import type { BroadcastEvent } from './events.ts';
import { MAX_LIVE_BROADCASTS, MAX_LIVE_EMERGENCIES, WAIT_LIMIT_MS } from './limits.ts';
import { LEVEL, type Level } from './rank.ts';
import type { Holder, Refusal } from './refusal.ts';
import { freeSourceFor } from './source-use.ts';
import type { LiveState } from './state.ts';
import type { Instant } from '../time.ts';
import { freeTag } from './tags.ts';
import { endOfLife } from './time-passing.ts';

type Started = Extract<BroadcastEvent, { type: 'broadcast-started' }>;

/** BR5 to BR11, BR29: on the air where it can be heard, else waiting if it may, else refused. */
export function startBroadcast(begun: Draft, spec: StartSpec, playedSince?: Instant): Result<Draft, Refusal> {
  const reason = reasonToRefuse(begun, spec);
  if (reason) return err(reason);
  const { source } = spec;
  const freed = source.kind === 'live' ? freeSourceFor(begun, source.sourceId, spec, spec.by) : ok(begun);
  if (!freed.ok) return freed;
  const draft = freed.value;
  const event: Started = {
    type: 'broadcast-started',
    broadcastId: spec.id,
    // A copy, because the caller may go on editing its list of zones.
    spec: { ...spec, zones: [...spec.zones] },
    tag: freeTag(draft.state, spec),
    phase: 'on-air',
    expiresAt: endOfLife(spec, draft.now),
  };
  const hasPlayed = source.kind === 'segment' && playedSince !== undefined && playedSince < draft.now;
  const onAir = withEvent(draft, hasPlayed ? { ...event, playedSince } : event);
  if (isHeardIn(onAir, spec.id)) return ok(onAir);
  // BR11: background fills gaps; late, it would fill somebody else's.
  if (spec.wait && spec.level > LEVEL.background) {
    return ok(withEvent(draft, { ...event, phase: 'waiting', expiresAt: draft.now + WAIT_LIMIT_MS }));
  }
  return err({ code: 'zones-taken', holders: holdersFor(onAir.state, spec.id) });
}

/** Who is heard in which of the zones that a broadcast asked for and does not have. */
export function holdersFor(state: LiveState, id: BroadcastId): Holder[] {
  return (state.broadcasts.get(id)?.interrupted ?? []).map(({ zone, by }) => ({ zone, broadcastId: by }));
}

function reasonToRefuse({ state, tree }: Draft, spec: StartSpec): Refusal | null {
  const unknown = spec.zones.find((zone) => !tree.has(zone));
  if (unknown !== undefined) return { code: 'unknown-zone', detail: unknown };
  if (state.broadcasts.has(spec.id) || [...state.usedKeys.values()].includes(spec.id)) {
    return { code: 'duplicate-id', detail: spec.id };
  }
  return hasRoomFor(state, spec.level) ? null : { code: 'too-many-broadcasts' };
}

/** BR20: emergencies and the rest are counted apart. */
function hasRoomFor(state: LiveState, level: Level): boolean {
  let emergencies = 0;
  for (const { spec } of state.broadcasts.values()) if (spec.level === LEVEL.emergency) emergencies += 1;
  return level === LEVEL.emergency
    ? emergencies < MAX_LIVE_EMERGENCIES
    : state.broadcasts.size - emergencies < MAX_LIVE_BROADCASTS;
}
