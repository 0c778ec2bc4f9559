import { describe, expect, it } from 'vitest';
import { endedByRestart } from './last-sign.ts';

describe('EL11: what was on air when the pump went away ended', () => {
  it.each([
    ['with its last sound, not when the next pump begins', { eventAt: 1_000, seenAt: 5_000 }, 90_000, 5_000],
    ['with the last event when nobody heard anything after it', { eventAt: 6_000, seenAt: 5_000 }, 90_000, 6_000],
    ['with the last event when no sound is known', { eventAt: 6_000, seenAt: null }, 90_000, 6_000],
    ['when somebody saw the pump go, of which no event is known', { eventAt: null, seenAt: 5_000 }, 90_000, 5_000],
    ['now, when nothing is known at all', { eventAt: null, seenAt: null }, 90_000, 90_000],
    ['now at the latest, whatever a receiver says', { eventAt: 1_000, seenAt: 99_000 }, 90_000, 90_000],
    ['not before the last event, though the clock was set back', { eventAt: 6_000, seenAt: 7_000 }, 4_000, 6_000],
  ])('%s', (_, sign, now, at) => {
    expect(endedByRestart(sign, now)).toBe(at);
  });
});
