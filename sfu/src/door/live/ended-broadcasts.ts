import type { BroadcastId } from '@loa/shared/ids';
import type { BroadcastView } from '@loa/shared/protocol/live';

/** Ended broadcasts that are still shown by their id, and whose tags are still known. */
export const REMEMBERED_ENDED = 500;

/** The newest broadcasts that have ended: pages ask what became of them, and receivers still speak of their tags. */
export interface EndedBroadcasts {
  viewOf(id: BroadcastId): BroadcastView | undefined;
  remember(id: BroadcastId, view: BroadcastView): void;
  /** It lives again: the state that holds now knows nothing of its end. */
  revive(id: BroadcastId): void;
  /** LA3: the log has taken this end too. */
  settleLocal(id: BroadcastId): void;
}

/** `onForgotten` is told of each that was pushed out by a newer one. */
export function createEndedBroadcasts(onForgotten: (id: BroadcastId, view: BroadcastView) => void): EndedBroadcasts {
  const ended = new Map<BroadcastId, BroadcastView>();
  return {
    viewOf: (id) => ended.get(id),
    remember(id, view) {
      ended.set(id, view);
      const oldest = ended.size > REMEMBERED_ENDED ? ended.entries().next().value : undefined;
      if (!oldest) return;
      ended.delete(oldest[0]);
      onForgotten(...oldest);
    },
    revive: (id) => void ended.delete(id),
    settleLocal(id) {
      const view = ended.get(id);
      if (view) ended.set(id, { ...view, local: false });
    },
  };
}
