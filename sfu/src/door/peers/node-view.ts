import { MAX_DOORS } from '@loa/shared/protocol/limits';
import type { PeerNode } from '../../link/peer-nodes.ts';
import { ProblemError } from '../problem-error.ts';

/** This node among the others, as far as its receivers are concerned. */
export interface NodeView {
  readonly draining: boolean;
  /** ND3: where its receivers may go when this node is away, or sends them away. */
  otherDoors(): string[];
  /** ND5, ND6: why nobody new may come here; null when it takes receivers. */
  refusal(): ProblemError | null;
  /** The other nodes that there are now. */
  follow(nodes: readonly PeerNode[]): void;
  drain(draining: boolean): void;
}

/** ND3: doors of nodes that take receivers, each once, without the own one. */
export function doorsOf(nodes: readonly PeerNode[], ownUrl: string): string[] {
  const open = nodes.flatMap(({ door, draining, full }) => (door && !draining && !full ? [door.publicUrl] : []));
  return [...new Set(open)].filter((url) => url !== ownUrl).slice(0, MAX_DOORS);
}

export interface NodeViewOptions {
  ownUrl(): string;
  /** ND6: the pump of this node does not answer. */
  isSilent(): boolean;
  /** `otherDoors` answers something else now. */
  onDoors(): void;
}

export function createNodeView({ ownUrl, isSilent, onDoors }: NodeViewOptions): NodeView {
  let nodes: readonly PeerNode[] = [];
  let draining = false;
  const otherDoors = () => doorsOf(nodes, ownUrl());
  return {
    get draining() {
      return draining;
    },
    otherDoors,
    refusal() {
      const doors = otherDoors();
      // With nobody to send them to, receivers stay: silence would be worse than a late maintenance.
      const silent = isSilent();
      if (!(draining || silent) || doors.length === 0) return null;
      const why = silent ? 'there is no sound at this node at the moment' : 'this node is being emptied';
      return new ProblemError('unavailable', `${why}; go to one of \`doors\``, { details: { doors } });
    },
    follow(next) {
      const before = otherDoors().join();
      nodes = next;
      if (otherDoors().join() !== before) onDoors();
    },
    drain(next) {
      draining = next;
    },
  };
}
