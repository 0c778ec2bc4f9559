import type { Command, StartSpec } from '../../src/broadcasts/commands.ts';
import type { Preview } from '../../src/broadcasts/preview.ts';
import type { Refusal } from '../../src/broadcasts/refusal.ts';
import type { LiveBroadcast, LiveState } from '../../src/broadcasts/state.ts';
import type { BroadcastId, ZoneId } from '../../src/ids.ts';
import type { Instant } from '../../src/time.ts';
import { leavesAsked, leavesHearing, soundsOf, type Sound } from './oracle.ts';
import { createSession } from './session.ts';
import { CITY, PLACES, isHeardAt, leavesUnder, must, sameLeaves } from './small-city.ts';

type Start = Extract<Command, { type: 'start' }>;

/** What was foreseen is what the oracle finds by comparing the sounds before and after. */
export function checkPreview(
  state: LiveState,
  command: Start,
  seen: Preview,
  refusal: Refusal | null,
  stateBefore: LiveState,
  before: ReadonlyMap<ZoneId, Sound>,
  now: Instant,
): void {
  const { spec } = command;
  const broadcast = state.broadcasts.get(spec.id);
  must((seen.outcome === 'refused') === (refusal !== null), 'BR23: outcome');
  must(JSON.stringify(seen.refusal) === JSON.stringify(refusal ?? undefined), 'BR23: reason of the refusal');
  if (!broadcast) return;
  must(seen.outcome === (broadcast.phase === 'on-air' ? 'starts' : 'waits'), 'BR23: starts or waits');
  const after = soundsOf(state.broadcasts.values(), PLACES);
  const heard = leavesHearing(after, PLACES, spec.id);
  must(sameLeaves(leavesUnder(seen.hears), heard), 'BR23: who hears it');
  const silent = leavesAsked(broadcast, PLACES).filter((leaf) => !heard.includes(leaf));
  must(sameLeaves(leavesUnder(seen.silent.map(({ zone }) => zone)), silent), 'BR23: who is silent');
  for (const { zone, by } of seen.silent) {
    for (const leaf of leavesUnder([zone])) must(isHeardAt(after, leaf, by), 'BR23: because of whom');
  }
  const ended = [...stateBefore.broadcasts.keys()].filter((id) => !state.broadcasts.has(id));
  must(sameIds(seen.ends, ended), 'BR23: who ends');
  must(sameIds(ended, takenBy(stateBefore, spec)), 'BR29: who uses the source that is taken, and nobody else, ends');
  const victims: BroadcastId[] = [];
  for (const { id } of state.broadcasts.values()) {
    const kept = leavesHearing(after, PLACES, id);
    const lost = leavesHearing(before, PLACES, id).filter((leaf) => !kept.includes(leaf));
    const said = seen.interrupts
      .filter(({ broadcastId }) => broadcastId === id)
      .flatMap(({ zones }) => leavesUnder(zones));
    must(sameLeaves(said, lost), `BR23: ${id} is interrupted in ${lost.join()}`);
    if (lost.length > 0) victims.push(id);
    const ducked = heard.filter((leaf) => after.get(leaf)?.overlay?.id === spec.id && after.get(leaf)?.main?.id === id);
    const saidDucked = seen.ducks
      .filter(({ broadcastId }) => broadcastId === id)
      .flatMap(({ zones }) => leavesUnder(zones));
    must(sameLeaves(saidDucked, ducked), `BR23: ${id} is ducked in ${ducked.join()}`);
  }
  // Without anybody who ended, everything is afterwards as it was before.
  must(ended.length > 0 || sameIds(seen.resumesAfter, victims), 'BR23: who gets something back');
  const stopped = createSession(CITY);
  Object.assign(stopped, { now, state });
  if (broadcast.phase === 'on-air') stopped.stop(spec.id);
  const later = soundsOf(stopped.state.broadcasts.values(), PLACES);
  const winners = [...stopped.state.broadcasts.keys()].filter((id) => {
    const had = leavesHearing(after, PLACES, id);
    return leavesHearing(later, PLACES, id).some((leaf) => !had.includes(leaf));
  });
  must(sameIds(seen.resumesAfter, winners), 'BR23: who gets something when it ends');
}

const sameIds = (some: readonly BroadcastId[], others: readonly BroadcastId[]) =>
  [...some].sort().join() === [...others].sort().join();

/** BR29: the lower broadcasts whose microphone an emergency names. */
function takenBy(state: LiveState, { source, level }: StartSpec): BroadcastId[] {
  if (level !== 3) return [];
  return usersOf(state, source).flatMap(({ id, spec }) => (spec.level < 3 ? id : []));
}

function usersOf(state: LiveState, source: StartSpec['source']): LiveBroadcast[] {
  if (source.kind !== 'live') return [];
  return [...state.broadcasts.values()].filter(
    ({ spec }) => spec.source.kind === 'live' && spec.source.sourceId === source.sourceId,
  );
}

/** Whoever is refused could not be heard, is told why, and not because of anybody lower. */
export function checkRefusal(
  state: LiveState,
  { spec }: Start,
  refusal: Refusal,
  before: ReadonlyMap<ZoneId, Sound>,
): void {
  const [user] = usersOf(state, spec.source);
  if (refusal.code === 'source-in-use') {
    must(user?.id === refusal.detail, 'BR9: who uses the source');
    must(spec.level < 3 || user?.spec.level === 3, 'BR10, BR29: a lower one uses the source of a refused emergency');
    return;
  }
  must(!user || spec.level === 3, 'BR9: a source has one user');
  must(refusal.code === 'zones-taken', `BR9: refused with ${refusal.code}`);
  must(!spec.wait || spec.level === 0, 'BR11: it would have waited');
  const silent = leavesUnder((refusal.holders ?? []).map(({ zone }) => zone));
  must(sameLeaves(silent, leavesUnder(spec.zones)), 'BR6: every zone has a holder');
  for (const { zone, broadcastId } of refusal.holders ?? []) {
    for (const leaf of leavesUnder([zone]))
      must(isHeardAt(before, leaf, broadcastId), `BR6: ${broadcastId} holds ${leaf}`);
    const holder = state.broadcasts.get(broadcastId);
    must(holder && holder.spec.level >= spec.level, 'BR10: a lower one is no reason to refuse');
  }
}
