import { describe, expect, it } from 'vitest';
import { lockSeconds, matchChirps, skewOf } from './skew.ts';

const LEFT = [0, 410, 930, 1_300, 1_900, 2_380, 2_950];
const later = (ms: number, except: readonly number[] = []): number[] =>
  LEFT.filter((_at, index) => !except.includes(index)).map((at) => at + ms);

describe('chirps at several loudspeakers', () => {
  it('belong to what was played, with whatever delay, and a lost one is missing', () => {
    const chirps = matchChirps(LEFT, [later(600), later(600.5, [2])]);
    expect(chirps[2]?.heardAtMs).toEqual([1_530, null]);
    expect(chirps.map(skewOf)).toEqual([0.5, 0.5, null, 0.5, 0.5, 0.5, 0.5]);
  });

  it('are in step from the first of a row that is', () => {
    const drifting = LEFT.map((at, index) => at + 200 + Math.max(0, 3 - index));
    const chirps = matchChirps(LEFT, [later(200), drifting]);
    expect(lockSeconds(chirps, 0.5, 4)).toBeCloseTo(1.3, 9);
    expect(lockSeconds(chirps, 0.5, 5)).toBeNull();
  });
});
