import { describe, expect, it } from 'vitest';
import { rankOf } from '../broadcasts/rank.ts';
import { toCsrc } from './csrc.ts';
import { goesOverSecondPaths, maySendOverSecondPaths, SECOND_PATH_PATIENCE_MS } from './second-path.ts';
import { END_PAYLOAD, STAND_IN_PAYLOAD } from './stand-in.ts';

const SPEECH = Uint8Array.of(0xf8, 1, 2, 3);
const labelOf = (level: 0 | 1 | 2 | 3, authority: number, live: boolean) =>
  toCsrc({ rank: rankOf({ level, authority, live }), overlay: false, tag: 7 });

describe('ND20: over second paths', () => {
  it('goes the sound of every emergency, and nothing of a lower level, however high its authority', () => {
    expect(goesOverSecondPaths({ csrc: labelOf(3, 0, false), payload: SPEECH })).toBe(true);
    expect(goesOverSecondPaths({ csrc: labelOf(3, 7, true), payload: SPEECH })).toBe(true);
    expect(goesOverSecondPaths({ csrc: labelOf(2, 7, true), payload: SPEECH })).toBe(false);
    expect(goesOverSecondPaths({ csrc: 0, payload: SPEECH })).toBe(false);
  });

  it('goes its end, and no silence in place of a source', () => {
    const csrc = labelOf(3, 1, true);
    expect(goesOverSecondPaths({ csrc, payload: END_PAYLOAD })).toBe(true);
    expect(goesOverSecondPaths({ csrc, payload: STAND_IN_PAYLOAD })).toBe(false);
  });
});

describe('ND22: a node without the log', () => {
  it('goes on for a while, until its receivers have gone elsewhere, and is silent then', () => {
    expect(maySendOverSecondPaths(null, 5_000_000)).toBe(true);
    expect(maySendOverSecondPaths(1_000, 1_000 + SECOND_PATH_PATIENCE_MS - 1)).toBe(true);
    expect(maySendOverSecondPaths(1_000, 1_000 + SECOND_PATH_PATIENCE_MS)).toBe(false);
  });
});
