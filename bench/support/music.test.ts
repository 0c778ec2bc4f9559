import { describe, expect, it } from 'vitest';
import { makeMusic } from './music.ts';

describe('music for measurements', () => {
  const music = makeMusic(2);

  it('is the same every time, and neither silent nor cut off', () => {
    expect(music).toEqual(makeMusic(2));
    const peak = music.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(peak).toBeGreaterThan(8_000);
    expect(peak).toBeLessThan(32_767);
  });

  it('changes from chord to chord', () => {
    expect(music.slice(0, 4_800)).not.toEqual(music.slice(48_000, 52_800));
  });
});
