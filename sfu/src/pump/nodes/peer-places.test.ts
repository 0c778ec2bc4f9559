import { describe, expect, it } from 'vitest';
import { nodeIdSchema } from '../../config/node-name.ts';
import { NODE_PORTS } from '../config.ts';
import { createPeerPlaces, MAX_PEERS } from './peer-places.ts';

const named = (n: number) => nodeIdSchema.parse(`node-${n}`);

function createTestPlaces() {
  const peers = new Map(Array.from({ length: MAX_PEERS }, (_, n) => [named(n), null]));
  const told: unknown[] = [];
  const error = (facts: unknown) => told.push(facts);
  return { peers, places: createPeerPlaces(peers, { error }), told };
}

describe('ND80: places for other nodes', () => {
  it('are for those that have one already, and for others while there is room', () => {
    const { peers, places } = createTestPlaces();
    expect([places.takes(named(3)), places.takes(named(99))]).toEqual([true, false]);
    peers.delete(named(3));
    expect(places.takes(named(99))).toBe(true);
  });

  it('who has none is told, once', () => {
    const { places, told } = createTestPlaces();
    const look = (...nodes: number[]) => {
      for (const node of nodes) places.takes(named(node));
      places.tellTurnedAway();
      return told.length;
    };
    expect([look(1, 98, 99), look(99, 98), look(99), look(1), look(99)]).toEqual([1, 1, 2, 2, 3]);
    expect(told[0]).toEqual({ peers: [named(98), named(99)], max: MAX_PEERS });
  });

  it('each has a port for its line, and one line may be made anew meanwhile', () => {
    expect(NODE_PORTS).toBe(MAX_PEERS + 1);
  });
});
