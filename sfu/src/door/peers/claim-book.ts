import type { ReceiverId } from '@loa/shared/ids';
import type { ReceiverView } from '@loa/shared/protocol/receivers';

/**
 * Which doors of other nodes say that a receiver is connected to them, and how it looks there. A receiver that moves is
 * claimed by two of them for a moment, and one that lost its way by a door that has not noticed yet: the newest word counts.
 */
export interface ClaimBook {
  /** A door says how a receiver is; one that is not online is not claimed any more. */
  note(node: string, view: ReceiverView): void;
  drop(node: string, id: ReceiverId): void;
  /** All that a door claims are dropped; answers whose they were. */
  dropAll(node: string): ReceiverId[];
  /** The receiver as it is elsewhere; undefined when no door claims it. */
  viewOf(id: ReceiverId): ReceiverView | undefined;
  /** How many receivers are connected to a node. */
  countOf(node: string): number;
  /** The node to which it is connected. */
  nodeOf(id: ReceiverId): string | undefined;
}

export function createClaimBook(): ClaimBook {
  const claims = new Map<ReceiverId, Map<string, ReceiverView>>();

  const drop = (node: string, id: ReceiverId) => {
    const ofReceiver = claims.get(id);
    if (!ofReceiver?.delete(node)) return;
    if (ofReceiver.size === 0) claims.delete(id);
  };
  const newest = (id: ReceiverId): [node: string, view: ReceiverView] | undefined =>
    [...(claims.get(id) ?? [])].reduce<[string, ReceiverView] | undefined>(
      (best, claim) => (best && (best[1].lastSeenAt ?? 0) >= (claim[1].lastSeenAt ?? 0) ? best : claim),
      undefined,
    );

  return {
    note(node, view) {
      if (!view.online) return drop(node, view.receiverId);
      const ofReceiver = claims.get(view.receiverId) ?? new Map<string, ReceiverView>();
      claims.set(view.receiverId, ofReceiver.set(node, view));
    },
    drop,
    dropAll(node) {
      const ids = [...claims].filter(([, ofReceiver]) => ofReceiver.has(node)).map(([id]) => id);
      for (const id of ids) drop(node, id);
      return ids;
    },
    viewOf: (id) => newest(id)?.[1],
    countOf: (node) => [...claims.keys()].filter((id) => newest(id)?.[0] === node).length,
    nodeOf: (id) => newest(id)?.[0],
  };
}
