import type { BroadcastView } from '@loa/shared/protocol/live';
import { speakerName } from '../broadcasts/speaker-name.ts';

export type InterruptedState =
  | 'interrupted'
  /** Silent because of another broadcast, which is stronger than the emergency there, or was there before it ended. */
  | 'interrupted-by-other'
  | 'partly'
  | 'paused'
  | 'source-lost'
  | 'back'
  | 'ended';

/** A broadcast that an emergency took zones from, and what became of it. */
export interface InterruptedItem {
  readonly broadcastId: string;
  readonly title: string;
  readonly by: string;
  readonly state: InterruptedState;
  /** Null for one that has ended while it is not known why. */
  readonly endReason: BroadcastView['endReason'];
}

/** What the page knows; `linked` when that is all that is live now, as opposed to what it saw last. */
export interface Seen {
  readonly broadcasts: ReadonlyMap<string, BroadcastView>;
  readonly linked: boolean;
  readonly isEverywhere: (view: BroadcastView) => boolean;
}

/** The list with what is known now: new victims are added, old ones never leave, so that the end can be checked. */
export function updateInterrupted(
  old: readonly InterruptedItem[],
  emergencyId: string,
  { broadcasts, linked, isEverywhere }: Seen,
): readonly InterruptedItem[] {
  const known = new Set(old.map((item) => item.broadcastId));
  // What waits is silent by nobody's doing: it has not begun.
  const added = [...broadcasts.values()].filter(
    (view) => !known.has(view.broadcastId) && view.phase === 'on-air' && isTakenBy(view, emergencyId),
  );
  const next = [
    ...old.map((item) => {
      const view = broadcasts.get(item.broadcastId);
      if (view) return toItem(view, emergencyId, isEverywhere);
      return linked && item.state !== 'ended' ? { ...item, state: 'ended' as const, endReason: null } : item;
    }),
    ...added.map((view) => toItem(view, emergencyId, isEverywhere)),
  ];
  const same = next.length === old.length && next.every((item, i) => isSame(item, old[i]));
  return same ? old : next;
}

/** Those that ended where the page did not see it: only the server can say why. */
export function missingFrom(
  items: readonly InterruptedItem[],
  broadcasts: ReadonlyMap<string, BroadcastView>,
): readonly string[] {
  return items
    .filter((item) => item.state === 'ended' && item.endReason === null && !broadcasts.has(item.broadcastId))
    .map((item) => item.broadcastId);
}

function isSame(item: InterruptedItem, old: InterruptedItem | undefined): boolean {
  return item.state === old?.state && item.endReason === old.endReason;
}

function isTakenBy(view: BroadcastView, emergencyId: string): boolean {
  return view.interrupted.some((item) => item.by === emergencyId);
}

function toItem(
  view: BroadcastView,
  emergencyId: string,
  isEverywhere: (view: BroadcastView) => boolean,
): InterruptedItem {
  return {
    broadcastId: view.broadcastId,
    title: view.title,
    by: speakerName(view.by),
    state: stateOf(view, emergencyId, isEverywhere(view)),
    endReason: view.endReason,
  };
}

/** The server names the strongest holder of each zone, so "not by this emergency" does not mean "heard again". */
function stateOf(view: BroadcastView, emergencyId: string, everywhere: boolean): InterruptedState {
  if (view.phase === 'ended') return 'ended';
  // It ends soon unless its source comes back, whoever silences it now.
  if (view.sourceKeepUntil !== null) return 'source-lost';
  if (view.interrupted.length > 0 && everywhere)
    return isTakenBy(view, emergencyId) ? 'interrupted' : 'interrupted-by-other';
  if (view.paused) return 'paused';
  return view.interrupted.length > 0 ? 'partly' : 'back';
}
