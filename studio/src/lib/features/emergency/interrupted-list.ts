import type { BroadcastView } from '@loa/shared/protocol/live';
import { speakerName } from '../broadcasts/speaker-name.ts';

export type InterruptedState = 'interrupted' | 'partly' | 'back' | 'ended';

/** A broadcast that an emergency took zones from, and what became of it. */
export interface InterruptedItem {
  readonly broadcastId: string;
  readonly title: string;
  readonly by: string;
  readonly state: InterruptedState;
  readonly endReason: BroadcastView['endReason'];
}

/** The list with what is known now: new victims are added, old ones never leave, so that the end can be checked. */
export function updateInterrupted(
  old: readonly InterruptedItem[],
  emergencyId: string,
  broadcasts: ReadonlyMap<string, BroadcastView>,
  isEverywhere: (view: BroadcastView) => boolean,
): readonly InterruptedItem[] {
  const known = new Set(old.map((item) => item.broadcastId));
  const added = [...broadcasts.values()].filter(
    (view) => !known.has(view.broadcastId) && view.phase !== 'ended' && isTakenBy(view, emergencyId),
  );
  const next = [
    ...old.map((item) => {
      const view = broadcasts.get(item.broadcastId);
      return view ? toItem(view, emergencyId, isEverywhere) : item;
    }),
    ...added.map((view) => toItem(view, emergencyId, isEverywhere)),
  ];
  const same = next.length === old.length && next.every((item, i) => item.state === old[i]?.state);
  return same ? old : next;
}

function isTakenBy(view: BroadcastView, emergencyId: string): boolean {
  return view.interrupted.some((item) => item.by === emergencyId);
}

function toItem(
  view: BroadcastView,
  emergencyId: string,
  isEverywhere: (view: BroadcastView) => boolean,
): InterruptedItem {
  const taken = isTakenBy(view, emergencyId);
  const state = view.phase === 'ended' ? 'ended' : !taken ? 'back' : isEverywhere(view) ? 'interrupted' : 'partly';
  return {
    broadcastId: view.broadcastId,
    title: view.title,
    by: speakerName(view.by),
    state,
    endReason: view.endReason,
  };
}
