import type { ZoneId } from '@loa/shared/ids';
import type { BroadcastView } from '@loa/shared/protocol/live';
import { containsRange, EMPTY_LEAF_SET, isEmpty, subtract, union } from '@loa/shared/zones/leaf-set';
import type { ZoneTree } from '@loa/shared/zones/zone-tree';
import { broadcastIn } from '../zones/zone-states.ts';

/** What goes on in a ward, as its public page says it. `part`: some of its loudspeakers only, which the page does not play. */
export interface WardAir {
  readonly broadcast: BroadcastView;
  readonly scope: 'whole' | 'part';
}

/**
 * RK6: the output of a ward carries the strongest broadcast that claims every leaf below it and is heard in at least one leaf.
 * @param onAir the strongest first, by RK3; those that are paused too, because they keep their claims (RK4).
 */
export function wardAir(tree: ZoneTree, onAir: readonly BroadcastView[], ward: ZoneId): WardAir | null {
  const whole = outputOf(tree, onAir, ward);
  if (whole !== null && !whole.paused) return { broadcast: whole, scope: 'whole' };
  const part = broadcastIn(tree, onAir, ward);
  return part === null ? null : { broadcast: part, scope: 'part' };
}

function outputOf(tree: ZoneTree, onAir: readonly BroadcastView[], ward: ZoneId): BroadcastView | null {
  const [from, to] = tree.leafRangeOf(ward);
  if (from === to) return null;
  let rank = -1;
  let askedInRank = EMPTY_LEAF_SET;
  for (const broadcast of onAir) {
    if (broadcast.phase !== 'on-air') continue;
    if (broadcast.rank !== rank) askedInRank = EMPTY_LEAF_SET;
    rank = broadcast.rank;
    const asked = tree.leafSetOf(broadcast.zones);
    const claimed = subtract(asked, askedInRank);
    askedInRank = union(askedInRank, asked);
    const heard = subtract(claimed, tree.leafSetOf(broadcast.interrupted.map(({ zone }) => zone)));
    if (!isEmpty(heard) && containsRange(claimed, from, to)) return broadcast;
  }
  return null;
}
