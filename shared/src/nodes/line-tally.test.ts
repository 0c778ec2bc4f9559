import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLineTally, LOST_AFTER_MS, MAX_AWAITED } from './line-tally.ts';

const LATER = 10 * LOST_AFTER_MS;
const tallyOf = (sequences: readonly number[]) => {
  const tally = createLineTally();
  sequences.forEach((sequence, n) => tally.note(sequence & 0xffff, n));
  return tally;
};

describe('ND61: packets of a line', () => {
  it('that all come are received, over the end of the numbers too', () => {
    expect(tallyOf([65_534, 65_535, 65_536, 65_537]).at(LATER)).toEqual({ received: 4, lost: 0 });
  });

  it('that do not come are lost after a while, and not before', () => {
    const tally = tallyOf([1, 2, 5]);
    expect(tally.at(100)).toEqual({ received: 3, lost: 0 });
    expect(tally.at(LATER)).toEqual({ received: 3, lost: 2 });
  });

  it('that come late, because they were asked for again, are not lost; a second copy counts for nothing', () => {
    expect(tallyOf([1, 3, 2, 2, 3, 1]).at(LATER)).toEqual({ received: 3, lost: 0 });
    const tally = tallyOf([1, 3]);
    tally.at(LATER);
    tally.note(2, LATER);
    expect(tally.at(LATER)).toEqual({ received: 2, lost: 1 });
  });

  it('whose line was cut for long are lost, and what is remembered of them is bounded', () => {
    expect(tallyOf([0, MAX_AWAITED + 101]).at(2)).toEqual({ received: 2, lost: 100 });
  });

  it('are received or lost, each once, in whatever order they come', () => {
    const arrivals = fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 90 });
    fc.assert(
      fc.property(arrivals, (between) => {
        const { received, lost } = tallyOf([0, ...between, 100]).at(LATER);
        expect(received + lost).toBe(101);
        expect(received).toBe(between.length + 2);
      }),
    );
  });
});
