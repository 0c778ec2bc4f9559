import type { LoggedEvent } from '@loa/shared/broadcasts/events';
import type { LiveBroadcast, LiveState } from '@loa/shared/broadcasts/state';
import type { BroadcastId } from '@loa/shared/ids';

/** A broadcast of which a fork has lost something, as it was before. */
export interface HeldBroadcast {
  /** Null: it had ended. */
  readonly before: LiveBroadcast | null;
  /** Whether its start is lost, too. */
  readonly isStartLost: boolean;
}

/** LA40: the broadcasts about which `lost` events tell something, as they are in `before`. */
export function heldAfterFork(
  lost: readonly Pick<LoggedEvent, 'event'>[],
  before: LiveState,
): Map<BroadcastId, HeldBroadcast> {
  const held = new Map<BroadcastId, HeldBroadcast>();
  for (const { event } of lost) {
    const id = event.broadcastId;
    const isStartLost = event.type === 'broadcast-started' || (held.get(id)?.isStartLost ?? false);
    held.set(id, { before: before.broadcasts.get(id) ?? null, isStartLost });
  }
  return held;
}

/**
 * LA40: `state` as it is carried out while the lost orders are not given again yet. What they are about stays as it was: in between is a
 * state without the emergency that is about to be in it again. What has ended since is over, and everything else is as the state has it.
 */
export function withHeld(state: LiveState, held: ReadonlyMap<BroadcastId, HeldBroadcast>): LiveState {
  if (held.size === 0) return state;
  const broadcasts = new Map(state.broadcasts);
  const kept: LiveBroadcast[] = [];
  for (const [id, { before, isStartLost }] of held) {
    const isKnown = broadcasts.delete(id);
    const isOver = before === null || (!isKnown && (!isStartLost || state.usedKeys.has(before.spec.key)));
    if (!isOver) kept.push(before);
  }
  // Another one may have got its tag in the branch that stays; one tag names one sound.
  const tags = new Set([...broadcasts.values()].map(({ tag }) => tag));
  for (const one of kept) if (!tags.has(one.tag)) broadcasts.set(one.id, one);
  return { ...state, broadcasts };
}
