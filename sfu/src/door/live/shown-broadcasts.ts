import type { EndReason, LoggedEvent } from '@loa/shared/broadcasts/events';
import { evolve, INITIAL_STATE, onTree } from '@loa/shared/broadcasts/evolve';
import type { LiveState } from '@loa/shared/broadcasts/state';
import type { BroadcastId } from '@loa/shared/ids';
import type { BroadcastView } from '@loa/shared/protocol/live';
import type { Instant } from '@loa/shared/time';
import type { ZoneTree } from '@loa/shared/zones/zone-tree';
import { toBroadcastView, toEndedView } from './broadcast-view.ts';
import { createEndedBroadcasts } from './ended-broadcasts.ts';

/** When and why a broadcast ended. */
export interface Ending {
  readonly at: Instant;
  readonly reason: EndReason;
}

/** The broadcasts of the live picture, folded from the pump's events: who is live, and who was. */
export interface ShownBroadcasts {
  readonly state: LiveState;
  readonly tree: ZoneTree;
  /** Live or ended. */
  viewOf(id: BroadcastId): BroadcastView | undefined;
  /** Those that are live. */
  readonly views: BroadcastView[];
  idOfTag(tag: number): BroadcastId | undefined;
  reset(version: number): void;
  setTree(tree: ZoneTree): void;
  fold(events: readonly LoggedEvent[], isLocal: boolean): void;
  settleLocal(): void;
  takeOver(next: LiveState, local: ReadonlySet<BroadcastId>, endings: ReadonlyMap<BroadcastId, Ending>): void;
}

export interface ShownBroadcastsEvents {
  /** Its view is another one, or it is gone. */
  onChanged(id: BroadcastId): void;
  onEnded(id: BroadcastId): void;
}

export function createShownBroadcasts(
  first: ZoneTree,
  { onChanged, onEnded }: ShownBroadcastsEvents,
  now: () => number,
): ShownBroadcasts {
  let tree = first;
  let state: LiveState = INITIAL_STATE;
  const tags = new Map<number, BroadcastId>();
  /** Began by events that are this node's alone; live, or among the ended that are remembered. */
  const local = new Set<BroadcastId>();
  const ended = createEndedBroadcasts((id, { tag }) => {
    if (tags.get(tag) === id) tags.delete(tag);
    if (!state.broadcasts.has(id)) local.delete(id);
  });

  const rememberEnded = (id: BroadcastId, { at, reason }: Ending) => {
    const live = state.broadcasts.get(id);
    if (!live) return;
    onEnded(id);
    ended.remember(id, toEndedView(live, at, reason, local.has(id)));
  };

  const change = (next: LiveState) => {
    const before = state;
    state = next;
    for (const [id, broadcast] of state.broadcasts) if (before.broadcasts.get(id) !== broadcast) onChanged(id);
  };

  return {
    get state() {
      return state;
    },
    get tree() {
      return tree;
    },
    viewOf(id) {
      const live = state.broadcasts.get(id);
      return live ? toBroadcastView(live, local.has(id)) : ended.viewOf(id);
    },
    get views() {
      return [...state.broadcasts.values()].map((broadcast) => toBroadcastView(broadcast, local.has(broadcast.id)));
    },
    idOfTag: (tag) => tags.get(tag),
    reset(version) {
      for (const id of state.broadcasts.keys()) onChanged(id);
      tags.clear();
      local.clear();
      state = { ...INITIAL_STATE, version };
    },
    setTree(next) {
      tree = next;
      change(onTree(state, tree));
    },
    fold(events, isLocal) {
      for (const entry of events) {
        if (entry.version <= state.version) continue;
        const { event, at } = entry;
        if (event.type === 'broadcast-ended') rememberEnded(event.broadcastId, { at, reason: event.reason });
        if (event.type === 'broadcast-started') {
          tags.set(event.tag, event.broadcastId);
          if (isLocal) local.add(event.broadcastId);
        }
        change(evolve(state, tree, entry));
        onChanged(event.broadcastId);
      }
    },
    settleLocal() {
      for (const id of local) {
        ended.settleLocal(id);
        onChanged(id);
      }
      local.clear();
    },
    takeOver(next, localNow, endings) {
      local.clear();
      for (const id of state.broadcasts.keys()) {
        if (next.broadcasts.has(id)) continue;
        rememberEnded(id, endings.get(id) ?? { at: Math.floor(now()), reason: 'overruled' });
        onChanged(id);
      }
      for (const [id, { tag }] of next.broadcasts) {
        ended.revive(id);
        tags.set(tag, id);
      }
      for (const id of localNow) local.add(id);
      change(onTree(next, tree));
    },
  };
}
