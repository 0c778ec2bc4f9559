import { describe, expect, it } from 'vitest';
import { burstLoss, burstModel, randomLoss, type LossPattern } from './loss-pattern.ts';

const COUNT = 200_000;
const SHARES = [0, 0.02, 0.05, 0.1, 0.2];
const MEAN_BURST = 3;

const lostOf = (pattern: LossPattern): boolean[] => Array.from({ length: COUNT }, (_, n) => pattern.losesPacket(n));
const shareOf = (lost: readonly boolean[]): number => lost.filter(Boolean).length / lost.length;

function meanBurstOf(lost: readonly boolean[]): number {
  const bursts = lost.filter((isLost, n) => isLost && !(lost[n - 1] ?? false)).length;
  return lost.filter(Boolean).length / bursts;
}

const KINDS: [string, (share: number, seed: number) => LossPattern][] = [
  ['random loss', randomLoss],
  ['burst loss', (share, seed) => burstLoss(burstModel(share, MEAN_BURST), seed)],
];

describe.each(KINDS)('%s', (_name, make) => {
  it.each(SHARES)('loses a share of %d', (share) => {
    expect(shareOf(lostOf(make(share, 7)))).toBeCloseTo(share, 2);
  });

  it('loses with a larger share what it loses with a smaller one', () => {
    const [few, many] = [lostOf(make(0.05, 7)), lostOf(make(0.2, 7))];
    expect(few.every((isLost, n) => !isLost || many[n])).toBe(true);
  });

  it('loses the same again with the same seed, in whatever order is asked, and something else with another', () => {
    const backwards = make(0.1, 7);
    const lost = Array.from({ length: 500 }, (_, n) => backwards.losesPacket(499 - n)).reverse();
    expect(lost).toEqual(lostOf(make(0.1, 7)).slice(0, 500));
    expect(lost).not.toEqual(lostOf(make(0.1, 8)).slice(0, 500));
  });

  it('loses questions and repetitions as often', () => {
    const pattern = make(0.1, 7);
    const questions = Array.from({ length: COUNT }, (_, n) => pattern.losesQuestion({ number: n, atMs: n * 20 }));
    const repetitions = Array.from({ length: COUNT }, (_, n) => pattern.losesRepetition({ number: n, atMs: n * 20 }));
    expect(shareOf(questions)).toBeCloseTo(0.1, 1);
    expect(shareOf(repetitions)).toBeCloseTo(0.1, 1);
  });
});

describe('bursts', () => {
  it('are as long as the model says, and those of random loss are not', () => {
    expect(meanBurstOf(lostOf(burstLoss(burstModel(0.1, MEAN_BURST), 7)))).toBeCloseTo(MEAN_BURST, 0);
    expect(meanBurstOf(lostOf(randomLoss(0.1, 7)))).toBeLessThan(1.2);
  });

  it('take what is repeated while they last', () => {
    const pattern = burstLoss(burstModel(0.2, 5), 7);
    const first = Array.from({ length: COUNT }, (_, n) => n).find((n) => pattern.losesPacket(n)) ?? -1;
    expect(pattern.losesRepetition({ number: 0, atMs: first * 20 + 3 })).toBe(true);
  });
});
