import { intersect, isEmpty, subtract, type LeafSet } from '../zones/leaf-set.ts';
import type { ZoneTree } from '../zones/zone-tree.ts';
import { withEvent, type Draft } from './draft.ts';
import type { BroadcastEvent } from './events.ts';
import { holdingsOf, silencersOf, type Holding, type Holdings } from './holdings.ts';
import { segmentPositionAt } from './position.ts';
import type { LiveBroadcast } from './state.ts';

/**
 * BR7, BR8: says who lost which zones to whom and who has which zones again, by comparing what each broadcast had before
 * with what it has now. Losses first, each in the total order.
 */
export function reportMoves(draft: Draft): Draft {
  const holdings = holdingsOf(draft.state, draft.tree);
  const losses: BroadcastEvent[] = [];
  const gains: BroadcastEvent[] = [];
  for (const holding of holdings.ranked) {
    const before = draft.before.broadcasts.get(holding.id);
    const broadcast = draft.state.broadcasts.get(holding.id);
    // What has just come on the air says so by that event alone.
    if (before?.phase !== 'on-air' || !broadcast) continue;
    const { lost, gained } = moved(before, holding, draft.tree);
    if (!isEmpty(lost)) losses.push(...lossEvents(draft, holdings, broadcast, lost, isEmpty(holding.heard)));
    if (!isEmpty(gained)) gains.push(gainEvent(draft, broadcast, gained));
  }
  return [...losses, ...gains].reduce(withEvent, draft);
}

function moved(before: LiveBroadcast, holding: Holding, tree: ZoneTree): { lost: LeafSet; gained: LeafSet } {
  const silentBefore = before.interrupted.map(({ zone }) => zone);
  const heardBefore = silentBefore.length === 0 ? holding.asked : subtract(holding.asked, tree.leafSetOf(silentBefore));
  const lost = subtract(heardBefore, holding.heard);
  const gained = subtract(holding.heard, heardBefore);
  // When the tree itself has changed, a stored programme may stand or run against what its zones now say.
  const stood = before.playhead && !before.paused ? before.playhead.runningSince === null : isEmpty(heardBefore);
  if (!stood && isEmpty(lost) && isEmpty(holding.heard)) return { lost: holding.asked, gained };
  if (stood && isEmpty(gained) && !isEmpty(holding.heard)) return { lost, gained: holding.heard };
  return { lost, gained };
}

function lossEvents(
  draft: Draft,
  holdings: Holdings,
  broadcast: LiveBroadcast,
  lost: LeafSet,
  everywhere: boolean,
): BroadcastEvent[] {
  const positionMs = everywhere ? segmentPositionAt(broadcast, draft.now) : null;
  return silencersOf(holdings, draft.tree, broadcast).flatMap(({ by, leaves }) => {
    const zones = draft.tree.coveringSetOf(intersect(leaves, lost));
    if (zones.length === 0) return [];
    return { type: 'broadcast-interrupted' as const, broadcastId: broadcast.id, zones, by, everywhere, positionMs };
  });
}

function gainEvent(draft: Draft, broadcast: LiveBroadcast, gained: LeafSet): BroadcastEvent {
  const zones = draft.tree.coveringSetOf(gained);
  const positionMs = segmentPositionAt(broadcast, draft.now);
  return { type: 'broadcast-resumed', broadcastId: broadcast.id, zones, positionMs };
}
