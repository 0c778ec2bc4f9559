import { describe, expect, it } from 'vitest';
import { nextTrunkStep } from './trunk-offer.ts';

interface End {
  endId: string;
  connectedTo: string | null;
}

/** Two nodes that see each other's ends with a delay and follow the rule until nothing changes. */
function settle(a: End, b: End, firstMoves: 'a' | 'b'): [End, End] {
  let made = 0;
  const move = (own: End, peer: End): boolean => {
    const step = nextTrunkStep(own, peer);
    if (step === 'connect') own.connectedTo = peer.endId;
    if (step === 'replace') Object.assign(own, { endId: `${own.endId}+${++made}`, connectedTo: null });
    return step === 'connect' || step === 'replace';
  };
  const turns =
    firstMoves === 'a'
      ? ([() => move(a, b), () => move(b, a)] as const)
      : ([() => move(b, a), () => move(a, b)] as const);
  for (let round = 0; round < 10; round++) {
    const moved = turns.map((turn) => turn());
    if (!moved.includes(true)) return [a, b];
  }
  throw new Error('never settles');
}

describe('ND2: the ends of a trunk', () => {
  it.each(['a', 'b'] as const)('find each other, whoever sees the other first (%s)', (first) => {
    const [a, b] = settle({ endId: 'a1', connectedTo: null }, { endId: 'b1', connectedTo: null }, first);
    expect([a.connectedTo, b.connectedTo]).toEqual([b.endId, a.endId]);
  });

  it.each(['a', 'b'] as const)('find each other again when one of them was made anew (%s moves first)', (first) => {
    const [a, b] = settle({ endId: 'a2', connectedTo: null }, { endId: 'b1', connectedTo: 'a1' }, first);
    expect([a.connectedTo, b.connectedTo]).toEqual([b.endId, a.endId]);
    expect(b.endId).not.toBe('b1');
  });

  it('find each other when both were made anew', () => {
    const [a, b] = settle({ endId: 'a2', connectedTo: 'b1' }, { endId: 'b2', connectedTo: 'a1' }, 'a');
    expect([a.connectedTo, b.connectedTo]).toEqual([b.endId, a.endId]);
  });
});
