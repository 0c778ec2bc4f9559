import type { BroadcastId, ZoneId } from '../ids.ts';
import { isEmpty, touchesRange } from '../zones/leaf-set.ts';
import type { ZoneTree } from '../zones/zone-tree.ts';
import { heardIn, holdingsOf, type Holding } from './holdings.ts';
import type { LiveBroadcast, LiveState } from './state.ts';

export { compareBroadcasts, isOverlay } from './order.ts';

/** RK3: the strongest broadcast that is heard in a zone, or null when nothing plays there. */
export function winner(state: LiveState, tree: ZoneTree, zone: ZoneId): LiveBroadcast | null {
  const { main, overlay } = onAir(state, tree, zone);
  return overlay ?? main;
}

/** What plays in one zone. While there is an overlay, `main` is ducked below it. */
export interface OnAir {
  readonly main: LiveBroadcast | null;
  readonly overlay: LiveBroadcast | null;
}

/** RK5: all that is heard in a zone; nothing in a zone that the tree does not have. */
export function onAir(state: LiveState, tree: ZoneTree, zone: ZoneId): OnAir {
  const { main, overlay } = heardIn(holdingsOf(state, tree), tree, zone);
  const broadcastOf = (holding: Holding | null) => (holding && state.broadcasts.get(holding.id)) ?? null;
  return { main: broadcastOf(main), overlay: broadcastOf(overlay) };
}

/** Zone nodes on whose buses one broadcast is sent; empty while it is heard nowhere. */
export type PlacementZones = readonly ZoneId[];

/**
 * RK7: for every broadcast on the air, the fewest zone nodes on whose buses it has to be sent now. Where a higher rank is
 * heard it may be sent as well, because receivers prefer that by themselves; where an equal rank came first it is not.
 */
export function placements(state: LiveState, tree: ZoneTree): Map<BroadcastId, PlacementZones> {
  const holdings = holdingsOf(state, tree);
  const isHeardAt = (holding: Holding, zone: ZoneId): boolean => {
    const [from, to] = tree.leafRangeOf(zone);
    if (touchesRange(holding.heard, from, to)) return true;
    const { main, overlay } = heardIn(holdings, tree, zone);
    return main === holding || overlay === holding;
  };
  return new Map(
    holdings.ranked.map((holding) => [
      holding.id,
      isEmpty(holding.heard) ? [] : tree.coveringSetOf(holding.claimed).filter((zone) => isHeardAt(holding, zone)),
    ]),
  );
}
