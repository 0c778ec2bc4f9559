import { describe, expect, it } from 'vitest';
import {
  containsRange,
  intersect,
  isEmpty,
  leafSetFromRanges,
  subtract,
  touchesRange,
  union,
  type LeafSet,
} from './leaf-set.ts';

const SIZE = 7;
const ALL = Array.from({ length: 1 << SIZE }, (_, bits) => bits);

/** Every subset of seven leaves, as a set and as the bits that say the same. */
function setOf(bits: number): LeafSet {
  const ranges = Array.from({ length: SIZE }, (_, leaf) => leaf)
    .filter((leaf) => (bits >> leaf) & 1)
    .map((leaf) => [leaf, leaf + 1] as const);
  return leafSetFromRanges(ranges.reverse());
}
const SETS = ALL.map(setOf);
const bitsOf = (from: number, to: number) => ((1 << to) - 1) & ~((1 << from) - 1);

describe('leaf sets', () => {
  it('ZT3: ranges are merged, whatever their order and overlap', () => {
    expect(
      leafSetFromRanges([
        [4, 6],
        [0, 2],
        [5, 9],
        [2, 3],
        [7, 7],
      ]),
    ).toEqual([0, 3, 4, 9]);
    expect(leafSetFromRanges([])).toEqual([]);
  });

  it('ZT4: union, intersection and difference are right for all pairs of sets of seven leaves', () => {
    for (const a of ALL) {
      for (const b of ALL) {
        const [left, right] = [SETS[a] ?? [], SETS[b] ?? []];
        const answers = [union(left, right), intersect(left, right), subtract(left, right)];
        const expected = [SETS[a | b], SETS[a & b], SETS[a & ~b]];
        // One expectation for each of 16,384 pairs would take longer than all the work.
        if (answers.join(' ') !== expected.join(' '))
          expect({ left, right, answers }).toEqual({ left, right, answers: expected });
      }
    }
  });

  it('ZT3: asking for a range is right for all sets and ranges', () => {
    for (const a of ALL) {
      for (let from = 0; from < SIZE; from += 1) {
        for (let to = from + 1; to <= SIZE; to += 1) {
          const range = bitsOf(from, to);
          const [set, where] = [SETS[a] ?? [], `${a} in ${from}..${to}`];
          if (containsRange(set, from, to) !== ((a & range) === range)) throw new Error(`contains ${where}`);
          if (touchesRange(set, from, to) !== ((a & range) !== 0)) throw new Error(`touches ${where}`);
        }
      }
    }
    expect([isEmpty(SETS[0] ?? []), isEmpty(SETS[1] ?? [])]).toEqual([true, false]);
  });
});
