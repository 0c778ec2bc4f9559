import type { BroadcastId, ZoneId } from '../ids.ts';
import { EMPTY_LEAF_SET, containsRange, intersect, isEmpty, subtract, union, type LeafSet } from '../zones/leaf-set.ts';
import type { ZoneTree } from '../zones/zone-tree.ts';
import { compareBroadcasts, isOverlay } from './order.ts';
import type { LiveBroadcast, LiveState } from './state.ts';

/** What one broadcast on the air has, as sets of leaves of the tree. */
export interface Holding {
  readonly id: BroadcastId;
  readonly rank: number;
  readonly overlay: boolean;
  /** All it asked for. */
  readonly asked: LeafSet;
  /** What no earlier broadcast of the same rank asked for (RK4): within one rank, claims never overlap. */
  readonly claimed: LeafSet;
  /** Where it is heard, at full level, as an overlay or ducked below one. */
  readonly heard: LeafSet;
  /** The part of `heard` where nothing is above it. */
  readonly top: LeafSet;
}

/** Who has what. `ranked` is in the total order, the strongest first. */
export interface Holdings {
  readonly ranked: readonly Holding[];
  readonly byId: ReadonlyMap<BroadcastId, Holding>;
}

/** The last answer, because the same state is asked about many times in a row. States and trees never change. */
let last: { readonly state: LiveState; readonly tree: ZoneTree; readonly holdings: Holdings } | null = null;

/** All holdings, in one sweep from the strongest broadcast down. */
export function holdingsOf(state: LiveState, tree: ZoneTree): Holdings {
  if (last?.state === state && last.tree === tree) return last.holdings;
  const holdings = sweep(state, tree);
  last = { state, tree, holdings };
  return holdings;
}

/** Tells that `next` differs from `state` in nothing that moves zones, so that the sweep need not be repeated. */
export function withSameHoldings(state: LiveState, next: LiveState): LiveState {
  if (last?.state === state) last = { ...last, state: next };
  return next;
}

function sweep(state: LiveState, tree: ZoneTree): Holdings {
  const onAir = [...state.broadcasts.values()]
    .filter((broadcast) => broadcast.phase === 'on-air')
    .sort(compareBroadcasts);
  const ranked: Holding[] = [];
  const byId = new Map<BroadcastId, Holding>();
  let rank = -1;
  let askedInRank = EMPTY_LEAF_SET;
  // Leaves where nothing further down can be heard, and leaves that have an overlay on top.
  let closed = EMPTY_LEAF_SET;
  let overlaid = EMPTY_LEAF_SET;
  for (const broadcast of onAir) {
    if (broadcast.rank !== rank) askedInRank = EMPTY_LEAF_SET;
    rank = broadcast.rank;
    const overlay = isOverlay(broadcast);
    const asked = tree.leafSetOf(broadcast.spec.zones);
    const claimed = subtract(asked, askedInRank);
    askedInRank = union(askedInRank, asked);
    const open = subtract(claimed, closed);
    const top = subtract(open, overlaid);
    const heard = overlay ? top : open;
    if (overlay) overlaid = union(overlaid, heard);
    else closed = union(closed, heard);
    const holding = { id: broadcast.id, rank, overlay, asked, claimed, heard, top };
    ranked.push(holding);
    byId.set(broadcast.id, holding);
  }
  return { ranked, byId };
}

/** What plays in a zone, strongest first: at most an overlay and the broadcast below it. */
export function heardIn(
  holdings: Holdings,
  tree: ZoneTree,
  zone: ZoneId,
): { main: Holding | null; overlay: Holding | null } {
  const [from, to] = tree.leafRangeOf(zone);
  let overlay: Holding | null = null;
  if (from === to) return { main: null, overlay };
  for (const holding of holdings.ranked) {
    // RK6: a broadcast heard in no leaf at all stands still, so it is not heard in inner zones either.
    if (isEmpty(holding.heard) || !containsRange(holding.claimed, from, to)) continue;
    if (!holding.overlay) return { main: holding, overlay };
    overlay ??= holding;
  }
  return { main: null, overlay };
}

/**
 * Who keeps `broadcast` from being heard: for each such holder, where. A waiting broadcast is judged as if it came
 * last among its equals.
 */
export function silencersOf(
  holdings: Holdings,
  tree: ZoneTree,
  broadcast: LiveBroadcast,
): Array<{ by: BroadcastId; leaves: LeafSet }> {
  const own = holdings.byId.get(broadcast.id);
  let silent = own ? subtract(own.asked, own.heard) : tree.leafSetOf(broadcast.spec.zones);
  if (isEmpty(silent)) return [];
  const overlay = isOverlay(broadcast);
  const stronger = own
    ? holdings.ranked.slice(0, holdings.ranked.indexOf(own))
    : holdings.ranked.filter((holding) => holding.rank >= broadcast.rank);
  const out: Array<{ by: BroadcastId; leaves: LeafSet }> = [];
  const blame = (holder: Holding): void => {
    const leaves = intersect(silent, holder.heard);
    if (isEmpty(leaves)) return;
    out.push({ by: holder.id, leaves });
    silent = subtract(silent, leaves);
  };
  // What replaces stands in the way of what replaces, even below an overlay; else it is whatever is on top.
  if (!overlay) stronger.filter((holder) => !holder.overlay).forEach(blame);
  stronger.forEach(blame);
  return out;
}

/** Where a waiting broadcast would be heard if it went on the air now, as the last among its equals. */
export function wouldHear(holdings: Holdings, tree: ZoneTree, broadcast: LiveBroadcast): LeafSet {
  const overlay = isOverlay(broadcast);
  let free = tree.leafSetOf(broadcast.spec.zones);
  for (const holding of holdings.ranked) {
    if (isEmpty(free) || holding.rank < broadcast.rank) break;
    if (holding.rank === broadcast.rank) free = subtract(free, holding.asked);
    else if (overlay || !holding.overlay) free = subtract(free, holding.heard);
  }
  return free;
}
