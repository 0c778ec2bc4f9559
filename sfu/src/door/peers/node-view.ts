import { MAX_DOORS } from '@loa/shared/protocol/limits';
import type { NodeNotice } from '@loa/shared/protocol/live';
import type { PeerNode } from '../../link/peer-nodes.ts';
import { ProblemError } from '../problem-error.ts';

/** This node among the others, as far as its receivers are concerned. */
export interface NodeView {
  readonly draining: boolean;
  /** ND3: where its receivers may go when this node is away, or sends them away. */
  otherDoors(): string[];
  /** The other nodes that take receivers and have the log. */
  openNodes(): ReadonlyArray<{ readonly node: string; readonly door: string }>;
  /** ND5, ND6, ND12: why nobody new may come here; null when it takes receivers and sources. */
  refusal(): ProblemError | null;
  /** ND15: neither being emptied nor without sound, wherever others might go. */
  readonly takesReceivers: boolean;
  /** ND11: what pages are told. */
  notice(): NodeNotice;
  /** ND13: that it is to be emptied was said more than once: nothing is left where it is. */
  readonly insistent: boolean;
  /** The other nodes that there are now. */
  follow(nodes: readonly PeerNode[]): void;
  drain(draining: boolean): void;
}

/** @param away those that are away from the log, or those that are not. */
function openOf(nodes: readonly PeerNode[], away: boolean) {
  return nodes.flatMap((peer) =>
    peer.door && !peer.draining && !peer.full && peer.away === away
      ? [{ node: peer.node, door: peer.door.publicUrl }]
      : [],
  );
}

function doorsOfOpen(nodes: readonly PeerNode[], ownUrl: string, away: boolean): string[] {
  const open = openOf(nodes, away).map(({ door }) => door);
  return [...new Set(open)].filter((url) => url !== ownUrl).slice(0, MAX_DOORS);
}

/** ND3: doors of nodes that take receivers, each once, without the own one. */
export function doorsOf(nodes: readonly PeerNode[], ownUrl: string): string[] {
  const withLog = doorsOfOpen(nodes, ownUrl, false);
  return withLog.length > 0 ? withLog : doorsOfOpen(nodes, ownUrl, true);
}

export interface NodeViewOptions {
  ownUrl(): string;
  /** ND6: the pump of this node does not answer. */
  isSilent(): boolean;
  /** `otherDoors` or `refusal` answers something else now. */
  onDoors(): void;
}

export function createNodeView({ ownUrl, isSilent, onDoors }: NodeViewOptions): NodeView {
  let nodes: readonly PeerNode[] = [];
  let draining = false;
  /** How often it was told to be empty. */
  let orders = 0;
  const otherDoors = () => doorsOf(nodes, ownUrl());
  const refuses = () =>
    // Any door beats silence. A node without the log is no better than one that could wait with its maintenance.
    isSilent() ? otherDoors().length > 0 : draining && doorsOfOpen(nodes, ownUrl(), false).length > 0;
  // Nothing sounds at a node whose pump is away, so nothing is lost by leaving it at once.
  const leave = () => (refuses() ? (isSilent() || orders > 1 ? 'now' : 'when-free') : null);
  return {
    get draining() {
      return draining;
    },
    otherDoors,
    openNodes: () => openOf(nodes, false),
    refusal() {
      // With nobody to send them to, receivers stay: silence would be worse than a late maintenance.
      if (!refuses()) return null;
      const doors = otherDoors();
      const why = isSilent() ? 'there is no sound at this node at the moment' : 'this node is being emptied';
      return new ProblemError('unavailable', `${why}; go to one of \`doors\``, { details: { doors } });
    },
    get takesReceivers() {
      return !draining && !isSilent();
    },
    notice: () => ({ doors: otherDoors(), leave: leave() }),
    get insistent() {
      return orders > 1;
    },
    follow(next) {
      const read = () => JSON.stringify([otherDoors(), refuses()]);
      const before = read();
      nodes = next;
      if (read() !== before) onDoors();
    },
    drain(next) {
      draining = next;
      orders = next ? orders + 1 : 0;
    },
  };
}
