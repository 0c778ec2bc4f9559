import type { BroadcastId } from '../ids.ts';
import type { Instant } from '../time.ts';
import { isEmpty } from '../zones/leaf-set.ts';
import type { ZoneTree } from '../zones/zone-tree.ts';
import type { BroadcastEvent, LoggedEvent } from './events.ts';
import { holdingsOf, silencersOf, withSameHoldings, type Holdings } from './holdings.ts';
import { REMEMBERED_KEYS } from './limits.ts';
import { rankOf } from './rank.ts';
import type { LiveBroadcast, LiveState, Playhead } from './state.ts';
import { nextTagAfter } from './tags.ts';

/** Before the first event. A restarted installation goes on from its last tag: `{ ...INITIAL_STATE, nextTag }`. */
export const INITIAL_STATE: LiveState = Object.freeze({
  version: 0,
  nextTag: 1,
  broadcasts: new Map(),
  usedKeys: new Map(),
});

type Of<Type extends BroadcastEvent['type']> = Extract<BroadcastEvent, { type: Type }>;

/**
 * BR2: the state after one more event. Total: an event about a broadcast that is not there changes nothing but the
 * version. The same log over the same trees always gives the same state.
 */
export function evolve(
  state: LiveState,
  tree: ZoneTree,
  logged: Pick<LoggedEvent, 'version' | 'at' | 'event'>,
): LiveState {
  const { version, at, event } = logged;
  if (event.type === 'broadcast-started') return withSilent(started(state, version, at, event), tree);
  const known = state.broadcasts.get(event.broadcastId);
  if (!known) return withSameHoldings(state, { ...state, version });
  if (event.type === 'broadcast-ended') return withSilent(ended(state, version, known), tree);
  const changed = changedBy(event, known, at, () => isHeard(state, tree, known));
  if (event.type === 'broadcast-admitted' || event.type === 'broadcast-rezoned')
    return withSilent(replaced(state, version, changed), tree);
  const moved = event.type === 'broadcast-interrupted' || event.type === 'broadcast-resumed';
  const next = moved ? withSilentZones(changed, holdingsOf(state, tree), tree) : changed;
  return withSameHoldings(state, replaced(state, version, next));
}

function started(state: LiveState, version: number, at: Instant, event: Of<'broadcast-started'>): LiveState {
  const { spec, tag, phase, expiresAt } = event;
  const stored = spec.source.kind === 'segment';
  const broadcast: LiveBroadcast = {
    id: event.broadcastId,
    tag,
    rank: rankOf({ level: spec.level, authority: spec.authority, live: !stored }),
    spec,
    phase,
    startedAt: at,
    askedAt: at,
    expiresAt,
    paused: false,
    playhead: stored ? { positionMs: 0, runningSince: phase === 'on-air' ? (event.playedSince ?? at) : null } : null,
    sourceKeepUntil: null,
    interrupted: [],
  };
  return {
    version,
    nextTag: nextTagAfter(state.nextTag, tag),
    broadcasts: new Map(state.broadcasts).set(broadcast.id, broadcast),
    usedKeys: new Map(state.usedKeys).set(spec.key, broadcast.id),
  };
}

function ended(state: LiveState, version: number, known: LiveBroadcast): LiveState {
  const broadcasts = new Map(state.broadcasts);
  broadcasts.delete(known.id);
  // Keys stand in the order in which their broadcasts ended, so that the oldest can be forgotten first.
  const usedKeys = new Map(state.usedKeys);
  usedKeys.delete(known.spec.key);
  usedKeys.set(known.spec.key, known.id);
  let surplus = usedKeys.size - broadcasts.size - REMEMBERED_KEYS;
  for (const [key, id] of usedKeys) {
    if (surplus <= 0) break;
    if (broadcasts.has(id)) continue;
    usedKeys.delete(key);
    surplus -= 1;
  }
  return { ...state, version, broadcasts, usedKeys };
}

function changedBy(
  event: Exclude<BroadcastEvent, Of<'broadcast-started'> | Of<'broadcast-ended'>>,
  known: LiveBroadcast,
  at: Instant,
  heard: () => boolean,
): LiveBroadcast {
  switch (event.type) {
    case 'broadcast-admitted':
      return {
        ...known,
        phase: 'on-air',
        startedAt: at,
        expiresAt: event.expiresAt,
        playhead: known.playhead && { ...known.playhead, runningSince: at },
      };
    case 'broadcast-interrupted':
      return event.everywhere ? { ...known, playhead: standingAt(known.playhead, event.positionMs) } : known;
    case 'broadcast-resumed': {
      const playhead = standingAt(known.playhead, event.positionMs);
      return { ...known, playhead: playhead && (known.paused ? playhead : { ...playhead, runningSince: at }) };
    }
    case 'broadcast-rezoned':
      return { ...known, spec: { ...known.spec, zones: event.zones } };
    case 'broadcast-paused':
      return { ...known, paused: true, playhead: standingAt(known.playhead, event.positionMs) };
    case 'broadcast-unpaused': {
      // Interrupted everywhere, it goes on standing still until it has a zone again.
      const playhead = known.playhead && { ...known.playhead, runningSince: heard() ? at : null };
      return { ...known, paused: false, playhead };
    }
    case 'broadcast-extended':
      return { ...known, expiresAt: event.expiresAt };
    case 'source-lost':
      return { ...known, sourceKeepUntil: event.keepUntil };
    case 'source-found': {
      const spec = { ...known.spec, source: { kind: 'live' as const, sourceId: event.sourceId } };
      return { ...known, spec, sourceKeepUntil: null };
    }
  }
}

function standingAt(playhead: Playhead | null, positionMs: number | null): Playhead | null {
  return playhead && { positionMs: positionMs ?? playhead.positionMs, runningSince: null };
}

function isHeard(state: LiveState, tree: ZoneTree, broadcast: LiveBroadcast): boolean {
  const holding = holdingsOf(state, tree).byId.get(broadcast.id);
  return holding !== undefined && !isEmpty(holding.heard);
}

function replaced(state: LiveState, version: number, broadcast: LiveBroadcast): LiveState {
  return { ...state, version, broadcasts: new Map(state.broadcasts).set(broadcast.id, broadcast) };
}

/** BR26: the same state over another tree, once `zones-changed` has been decided on it: who is silent where, in its zones. */
export function onTree(state: LiveState, tree: ZoneTree): LiveState {
  return withSilent(state, tree);
}

/** Brings `interrupted` of every broadcast up to date after zones have moved. */
function withSilent(state: LiveState, tree: ZoneTree): LiveState {
  const holdings = holdingsOf(state, tree);
  const broadcasts = new Map<BroadcastId, LiveBroadcast>();
  for (const broadcast of state.broadcasts.values()) {
    broadcasts.set(broadcast.id, withSilentZones(broadcast, holdings, tree));
  }
  return withSameHoldings(state, { ...state, broadcasts });
}

function withSilentZones(broadcast: LiveBroadcast, holdings: Holdings, tree: ZoneTree): LiveBroadcast {
  const interrupted = silencersOf(holdings, tree, broadcast).flatMap(({ by, leaves }) =>
    tree.coveringSetOf(leaves).map((zone) => ({ zone, by })),
  );
  return sameInterruptions(interrupted, broadcast.interrupted) ? broadcast : { ...broadcast, interrupted };
}

function sameInterruptions(a: LiveBroadcast['interrupted'], b: LiveBroadcast['interrupted']): boolean {
  return a.length === b.length && a.every((entry, i) => entry.zone === b[i]?.zone && entry.by === b[i]?.by);
}
