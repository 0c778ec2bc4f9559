import type { BroadcastId } from '../ids.ts';
import type { Instant } from '../time.ts';
import { LEVEL } from './rank.ts';
import type { LiveBroadcast } from './state.ts';

/** What the total order looks at. */
export interface Ordered {
  readonly id: BroadcastId;
  readonly rank: number;
  readonly startedAt: Instant;
  readonly askedAt: Instant;
}

/** RK3: the one total order: higher rank, then earlier on air, then asked earlier, then smaller id. */
export function compareBroadcasts(a: Ordered, b: Ordered): number {
  return (
    b.rank - a.rank || a.startedAt - b.startedAt || a.askedAt - b.askedAt || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  );
}

/** RK5: whether it is mixed over what plays instead of taking its place; an emergency always takes the place. */
export function isOverlay(broadcast: Pick<LiveBroadcast, 'spec'>): boolean {
  return broadcast.spec.mode === 'overlay' && broadcast.spec.level < LEVEL.emergency;
}
