import { describe, expect, it } from 'vitest';
import { gapAfter, matchClicks } from './match-clicks.ts';

const COUNT = 120;

/** Clicks as the bench plays them. */
function playedClicks(): number[] {
  let at = 10_000;
  return Array.from({ length: COUNT }, (_, index) => {
    const played = at;
    at += gapAfter(index);
    return played;
  });
}

/** A delay that differs from click to click, by up to 15 ms. */
const jitter = (index: number) => ((index * 11) % 31) - 15;

describe('clicks that are heard later', () => {
  const played = playedClicks();

  it.each([60, 300, 500, 540, 1_050, 2_000])('by a steady %i ms are found to be just that late', (delayMs) => {
    const heard = played.map((at) => at + delayMs);
    expect(matchClicks(played, heard)).toEqual(played.map(() => delayMs));
  });

  it('by about half a second are not taken for the clicks before', () => {
    const heard = played.map((at, index) => at + 500 + jitter(index));
    expect(matchClicks(played, heard)).toEqual(played.map((_, index) => 500 + jitter(index)));
  });

  it('keep their delay where the first ones and some others are lost', () => {
    const isLost = (index: number) => index < 4 || index % 9 === 0;
    const heard = played.flatMap((at, index) => (isLost(index) ? [] : [at + 620]));
    expect(matchClicks(played, heard)).toEqual(played.map((_, index) => (isLost(index) ? null : 620)));
  });

  it('are told from a noise in between, and one that is much later than the others is told as late', () => {
    const heard = played.map((at, index) => at + (index === 50 ? 210 : 70));
    heard.push((played[20] ?? 0) + 350);
    heard.sort((one, other) => one - other);
    expect(matchClicks(played, heard)).toEqual(played.map((_, index) => (index === 50 ? 210 : 70)));
  });

  it('are all lost where nothing is heard', () => {
    expect(matchClicks(played, [])).toEqual(played.map(() => null));
  });
});
