import { describe, expect, test } from 'vitest';
import { estimateClock } from './server-clock.ts';

describe('server clock', () => {
  test('the probe with the shortest round trip decides', () => {
    const slow = { sentAt: 0, serverTimeMs: 1_000, receivedAt: 400 };
    const quick = { sentAt: 500, serverTimeMs: 1_505, receivedAt: 510 };
    expect(estimateClock([slow, quick])).toEqual({ offsetMs: 1_000, roundTripMs: 10 });
  });

  test('nothing is made up without a usable probe', () => {
    expect(estimateClock([])).toBeNull();
    expect(estimateClock([{ sentAt: 10, serverTimeMs: 5, receivedAt: 0 }])).toBeNull();
  });
});
