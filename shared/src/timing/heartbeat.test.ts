import { describe, expect, it } from 'vitest';
import { beginHeartbeat, isHung, lookAtHeartbeat, type Sign } from './heartbeat.ts';

const LIMITS = { everyMs: 100, misses: 4, waits: 20 };

/** Looks at these instants; answers when it is found to hang, or null. */
function hungAt(looks: Iterable<readonly [number, Sign]>): number | null {
  let beat = beginHeartbeat(0);
  for (const [nowMs, sign] of looks) {
    beat = lookAtHeartbeat(beat, sign, nowMs, LIMITS);
    if (isHung(beat, LIMITS)) return nowMs;
  }
  return null;
}

const every = (stepMs: number, count: number, sign: (n: number) => Sign): Array<[number, Sign]> =>
  Array.from({ length: count }, (_, n) => [(n + 1) * stepMs, sign(n)]);

describe('a watched process', () => {
  it('LV1: hangs after so many looks in a row without an answer, not one earlier', () => {
    expect(hungAt(every(100, 3, () => 'silent'))).toBeNull();
    expect(hungAt(every(100, 10, () => 'silent'))).toBe(400);
  });

  it('LV1: one answer begins the count anew, whenever it comes', () => {
    expect(hungAt(every(100, 1_000, (n) => (n % 4 === 3 ? 'answered' : 'silent')))).toBeNull();
  });

  it('LV1: a watcher that stood still for a minute has looked once', () => {
    const looks: Array<[number, Sign]> = [
      [100, 'silent'],
      [60_000, 'silent'],
      [60_001, 'silent'],
      [60_002, 'silent'],
      [60_003, 'silent'],
      [60_100, 'answered'],
    ];
    expect(hungAt(looks)).toBeNull();
  });

  it('LV1: a watcher whose looks are all late finds it out nevertheless', () => {
    expect(hungAt(every(450, 10, () => 'silent'))).toBe(1_800);
  });

  it('LV2: one that waits for a processor is given five times as long, not for ever', () => {
    expect(hungAt(every(100, 19, () => 'waiting'))).toBeNull();
    expect(hungAt(every(100, 30, () => 'waiting'))).toBe(2_000);
  });

  it('LV2: half of each is enough', () => {
    expect(hungAt(every(100, 30, (n) => (n < 10 ? 'waiting' : 'silent')))).toBe(1_200);
  });
});
