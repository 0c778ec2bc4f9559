import { describe, expect, it } from 'vitest';
import { MAX_TAG, fromCsrc, toCsrc } from '../protocol/csrc.ts';
import { LEVEL, MAX_AUTHORITY, rankOf } from './rank.ts';

const LEVELS = Object.values(LEVEL);
const AUTHORITIES = Array.from({ length: MAX_AUTHORITY + 1 }, (_, authority) => authority);

describe('rank', () => {
  it('RK1: level before authority before live, and in an emergency live before authority', () => {
    expect(rankOf({ level: 3, authority: 7, live: true })).toBe(252);
    expect(rankOf({ level: 3, authority: 7, live: false })).toBe(220);
    expect(rankOf({ level: 0, authority: 0, live: false })).toBe(0);
    expect(rankOf({ level: 1, authority: 3, live: false })).toBe(88);
    const all = LEVELS.toSorted().flatMap((level) =>
      level === LEVEL.emergency
        ? [false, true].flatMap((live) => AUTHORITIES.map((authority) => rankOf({ level, authority, live })))
        : AUTHORITIES.flatMap((authority) => [false, true].map((live) => rankOf({ level, authority, live }))),
    );
    expect(all).toEqual(all.toSorted((a, b) => a - b));
    expect(new Set(all).size).toBe(all.length);
  });

  it('RK1: who speaks at the scene of an emergency is not cut by a stored message from above', () => {
    const ward = rankOf({ level: LEVEL.emergency, authority: 1, live: true });
    expect(ward).toBeGreaterThan(rankOf({ level: LEVEL.emergency, authority: 3, live: false }));
    expect(ward).toBeLessThan(rankOf({ level: LEVEL.emergency, authority: 3, live: true }));
  });

  it('RK2: a label fits into an unsigned 32-bit integer and comes back', () => {
    const labels = [0, 100, 252].flatMap((rank) =>
      [false, true].flatMap((overlay) => [1, 77, MAX_TAG].map((tag) => ({ rank, overlay, tag }))),
    );
    for (const label of labels) {
      const csrc = toCsrc(label);
      expect(csrc).toBe(csrc >>> 0);
      expect(fromCsrc(csrc)).toEqual(label);
    }
    expect(toCsrc({ rank: 252, overlay: true, tag: 1 })).toBe(0xfc800001);
  });
});
