import { describe, expect, it } from 'vitest';
import badLink from '../../shared/test/traces/clock-bad-link.json' with { type: 'json' };
import afterSleep from '../../shared/test/traces/clock-after-sleep.json' with { type: 'json' };
import serverSet from '../../shared/test/traces/clock-of-the-server-set.json' with { type: 'json' };
import { type ReplayedMoment, replayClock } from './support/replay-clock.ts';

const offsetOf = ({ serverMs, atMs }: ReplayedMoment): number => serverMs - atMs;

/** By how much what is known is beside what an answer leaves open, in ms; 0: not at all. */
function besideMs(moment: ReplayedMoment): number {
  const [least, most] = moment.bounds ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return Math.max(0, least - offsetOf(moment), offsetOf(moment) - most);
}

describe('recorded clock', () => {
  it.each([
    ['over a bad link', badLink],
    ['of a receiver that slept', afterSleep],
    ['of a server that was set', serverSet],
  ])('PO21: %s: what is known after an answer is what the answer leaves open', (_what, recording) => {
    const moments = replayClock(recording);
    const answers = moments.filter(({ kind }) => kind === 'answer');
    expect(answers.length).toBeGreaterThan(15);
    expect(Math.max(...answers.map(besideMs))).toBeLessThan(0.001);
  });

  it('PO21: behind a link of 20 ± 10 ms it is known within four seconds, and then left alone', () => {
    const moments = replayClock(badLink);
    const known = moments.filter(({ atMs }) => atMs > 4_000).map(offsetOf);
    expect(Math.max(...known) - Math.min(...known)).toBeLessThan(0.1);
    expect(moments.every(({ steppedMs, disagreed }) => steppedMs === 0 && !disagreed)).toBe(true);
  });

  it('PO21: after sleep the first answer sets it right, though pilots that waited come all at once before it', () => {
    const moments = replayClock(afterSleep);
    const woke = moments.findIndex(({ steppedMs }) => steppedMs !== 0);
    const before = moments.slice(0, woke);
    const after = moments.slice(woke);
    expect(after.filter(({ steppedMs }) => steppedMs !== 0)).toHaveLength(1);
    expect(after[0]?.steppedMs).toBeCloseTo(4_000, -1);
    expect(after.every(({ disagreed }) => !disagreed)).toBe(true);
    const asleepMs = offsetOf(after.at(-1) as ReplayedMoment) - offsetOf(before[before.length - 5] as ReplayedMoment);
    expect(Math.abs(asleepMs - 4_000)).toBeLessThan(0.5);
    // As exactly as before it slept, from its first answer on.
    expect(after.every(({ errorMs }) => errorMs !== null && errorMs < 0.7)).toBe(true);
    expect(after.every((moment) => Math.abs(offsetOf(moment) - offsetOf(after[0] as ReplayedMoment)) < 0.2)).toBe(true);
  });

  it('PO21, TL8: a server whose clock is moved to where it was set is followed without a step', () => {
    const moments = replayClock(serverSet);
    const offsets = moments.filter(({ kind }) => kind === 'answer').map(offsetOf);
    expect((offsets.at(-1) ?? 0) - (offsets[5] ?? 0)).toBeGreaterThan(5);
    expect(moments.every(({ steppedMs, disagreed }) => steppedMs === 0 && !disagreed)).toBe(true);
  });
});
