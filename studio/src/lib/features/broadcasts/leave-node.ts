import { LEVEL } from '@loa/shared/broadcasts/rank';
import type { Problem } from '@loa/shared/protocol/errors';
import type { BroadcastView, NodeNotice } from '@loa/shared/protocol/live';

/** What one slot of a page has to do with the node that the page is connected to. */
export interface Slot {
  readonly running: boolean;
  readonly view: Pick<BroadcastView, 'level' | 'source'> | null;
  readonly link: { readonly connected: boolean; readonly problem: Pick<Problem, 'code'> | null };
}

/**
 * Whether a page goes to another node. ND12: its own is being emptied, or without sound; ND13: not for a first order while an emergency is spoken
 * here over a connection that works. ND4: nor does it stay where its sound has no room.
 */
export function leavesNode(leave: NodeNotice['leave'], slots: readonly Slot[]): boolean {
  const speaksEmergency = slots.some(
    ({ running, view, link }) =>
      running && view?.level === LEVEL.emergency && view.source.kind === 'live' && link.connected,
  );
  if (leave === 'now' || (leave === 'when-free' && !speaksEmergency)) return true;
  return !speaksEmergency && slots.some(({ link }) => !link.connected && link.problem?.code === 'too-many-requests');
}
