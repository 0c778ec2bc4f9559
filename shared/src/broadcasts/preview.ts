import type { BroadcastId, ZoneId } from '../ids.ts';
import type { LogAuthority } from '../log/local-authority.ts';
import type { Result } from '../result.ts';
import type { Instant } from '../time.ts';
import { intersect, isEmpty, subtract } from '../zones/leaf-set.ts';
import type { ZoneTree } from '../zones/zone-tree.ts';
import type { StartSpec } from './commands.ts';
import { decide } from './decide.ts';
import type { BroadcastEvent } from './events.ts';
import { evolve } from './evolve.ts';
import { holdingsOf } from './holdings.ts';
import type { Holder, Refusal } from './refusal.ts';
import type { LiveState } from './state.ts';

/** What a start command would do. All lists of zones are smallest covering sets. */
export interface Preview {
  readonly outcome: 'starts' | 'waits' | 'refused';
  /** Present when it is refused. */
  readonly refusal?: Refusal;
  /** Where it will be heard at once. */
  readonly hears: readonly ZoneId[];
  /** BR29: who ends because its source is taken. */
  readonly ends: readonly BroadcastId[];
  /** Who loses which zones to it, or to what comes on the air because of it. */
  readonly interrupts: ReadonlyArray<{ readonly broadcastId: BroadcastId; readonly zones: readonly ZoneId[] }>;
  /** Who goes on below it, ducked. */
  readonly ducks: ReadonlyArray<{ readonly broadcastId: BroadcastId; readonly zones: readonly ZoneId[] }>;
  /** Where it was asked for and will not be heard, and who is heard there. */
  readonly silent: ReadonlyArray<{ readonly zone: ZoneId; readonly by: BroadcastId }>;
  /** Who gets zones back, or gets on the air, when it ends. */
  readonly resumesAfter: readonly BroadcastId[];
}

/** BR23: what happens if the start command is given at `now`; made by the same decision, so it cannot differ from it. */
export function preview(
  state: LiveState,
  tree: ZoneTree,
  spec: StartSpec,
  now: Instant,
  authority: LogAuthority = 'shared',
): Preview {
  if (state.usedKeys.has(spec.key)) return refused({ code: 'already-started' });
  const before = foldDecision(state, tree, decide(state, tree, { type: 'tick' }, now, authority), now);
  const decision = decide(before, tree, { type: 'start', spec }, now, authority);
  if (!decision.ok) return refused(decision.error);
  const after = foldDecision(before, tree, decision, now);
  const broadcast = after.broadcasts.get(spec.id);
  if (!broadcast) throw new Error(`Invariant: broadcast ${spec.id} was started and is not live`);
  const onAir = broadcast.phase === 'on-air';
  return {
    outcome: onAir ? 'starts' : 'waits',
    hears: tree.coveringSetOf(holdingsOf(after, tree).byId.get(spec.id)?.heard ?? []),
    ends: decision.value.flatMap((event) => (event.type === 'broadcast-ended' ? event.broadcastId : [])),
    interrupts: lossesIn(decision.value, tree),
    ducks: duckedBy(after, tree, spec.id),
    silent: broadcast.interrupted,
    resumesAfter: onAir ? resumedBy(after, tree, spec, now, authority) : [],
  };
}

/** Nothing but the start has moved zones between the two states, so every loss follows from it. */
function lossesIn(events: readonly BroadcastEvent[], tree: ZoneTree): Preview['interrupts'] {
  const lost = new Map<BroadcastId, ZoneId[]>();
  for (const event of events) {
    if (event.type !== 'broadcast-interrupted') continue;
    lost.set(event.broadcastId, [...(lost.get(event.broadcastId) ?? []), ...event.zones]);
  }
  return [...lost].map(([broadcastId, zones]) => ({ broadcastId, zones: tree.smallestCoveringSet(zones) }));
}

function refused(refusal: Refusal): Preview {
  const silent = (refusal.holders ?? []).map(({ zone, broadcastId }: Holder) => ({ zone, by: broadcastId }));
  return { outcome: 'refused', refusal, hears: [], ends: [], interrupts: [], ducks: [], silent, resumesAfter: [] };
}

function duckedBy(state: LiveState, tree: ZoneTree, id: BroadcastId): Preview['ducks'] {
  const holdings = holdingsOf(state, tree);
  const own = holdings.byId.get(id);
  if (!own) return [];
  return holdings.ranked.flatMap((holding) => {
    // Heard without being on top: below an overlay, and where this one is on top it is this one.
    const ducked = intersect(subtract(holding.heard, holding.top), own.top);
    return isEmpty(ducked) ? [] : { broadcastId: holding.id, zones: tree.coveringSetOf(ducked) };
  });
}

/** Ends it again at once and looks who gets something. */
function resumedBy(
  state: LiveState,
  tree: ZoneTree,
  spec: StartSpec,
  now: Instant,
  authority: LogAuthority,
): BroadcastId[] {
  const decision = decide(state, tree, { type: 'stop', broadcastId: spec.id, by: spec.by }, now, authority);
  if (!decision.ok) return [];
  const resumed = decision.value.flatMap((event) =>
    event.type === 'broadcast-resumed' || event.type === 'broadcast-admitted' ? event.broadcastId : [],
  );
  return [...new Set(resumed)];
}

function foldDecision(
  state: LiveState,
  tree: ZoneTree,
  decision: Result<BroadcastEvent[], Refusal>,
  at: Instant,
): LiveState {
  const events = decision.ok ? decision.value : [];
  return events.reduce((next, event) => evolve(next, tree, { version: next.version + 1, at, event }), state);
}
