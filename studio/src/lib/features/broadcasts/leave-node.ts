import { LEVEL } from '@loa/shared/broadcasts/rank';
import type { BroadcastView, NodeNotice } from '@loa/shared/protocol/live';

/** What one slot of a page has to do with the node that the page is connected to. */
export interface Slot {
  readonly running: boolean;
  readonly view: Pick<BroadcastView, 'level' | 'source'> | null;
  readonly link: { readonly connected: boolean; readonly stuck: boolean };
}

/**
 * Whether a page goes to another node. ND12: its own is being emptied, or without sound; ND13: not for a first order while an emergency is spoken
 * here over a connection that works. ND4: nor does it stay where its sound has no room, or no path.
 */
export function leavesNode(leave: NodeNotice['leave'], slots: readonly Slot[]): boolean {
  const speaksEmergency = slots.some(
    ({ running, view, link }) =>
      running &&
      view?.level === LEVEL.emergency &&
      view.source.kind === 'live' &&
      // Else it is spoken over a connection to the node that the page has left.
      link.connected &&
      !link.stuck,
  );
  if (leave === 'now' || (leave === 'when-free' && !speaksEmergency)) return true;
  return !speaksEmergency && slots.some(({ link }) => link.stuck);
}
