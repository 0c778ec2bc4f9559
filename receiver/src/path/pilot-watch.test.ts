import { describe, expect, it } from 'vitest';
import { isPathLost } from './pilot-watch.ts';

describe('pilot watch', () => {
  it('PO22: two missed pilots are not a lost path, three are', () => {
    expect(isPathLost(10_000, 12_900)).toBe(false);
    expect(isPathLost(10_000, 13_100)).toBe(false);
    expect(isPathLost(10_000, 13_300)).toBe(true);
  });
});
