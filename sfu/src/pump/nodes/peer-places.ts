import type { Logger } from 'pino';
import type { NodeId } from '../../config/node-name.ts';

/** ND80: other nodes that one node has to do with: a line with a UDP port, and a connection of its door, for each. */
export const MAX_PEERS = 15;

/** ND80: why a node ends that finds so many others. */
export const noPlaceAmong = (others: number): Error =>
  new Error(
    `${others} other nodes share this Redis already, and none can have to do with more than ${MAX_PEERS}: end one of them first`,
  );

/** ND80: who of the other nodes has a place here. */
export interface PeerPlaces {
  /** Whether `node` has one, or gets one. */
  takes(node: NodeId): boolean;
  /** All that are there were asked about: logs who has no place, when these are others than before. */
  tellTurnedAway(): void;
}

/** @param peers those that have a place. */
export function createPeerPlaces(peers: ReadonlyMap<NodeId, unknown>, logger: Pick<Logger, 'error'>): PeerPlaces {
  let turnedAway: NodeId[] = [];
  let told = '';
  return {
    takes(node) {
      if (peers.has(node) || peers.size < MAX_PEERS) return true;
      turnedAway.push(node);
      return false;
    },
    tellTurnedAway() {
      const names = turnedAway.toSorted().join();
      if (names !== told && names !== '')
        logger.error(
          { peers: turnedAway, max: MAX_PEERS },
          'more nodes share this Redis than one node can have to do with: their programmes are not heard here, nor those of this node there; end some',
        );
      told = names;
      turnedAway = [];
    },
  };
}
