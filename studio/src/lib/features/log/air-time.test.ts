import { describe, expect, test } from 'vitest';
import { SMALL_CITY, zoneId } from '../../../../test/support/zones.ts';
import { airMsIn, hasGaps, historyOf } from './air-time.ts';
import { logPageSchema } from './log-answers.ts';

const BY = { id: 'p1', name: 'Chị Hoa' };
const started = {
  type: 'broadcast-started',
  tag: 1,
  phase: 'on-air',
  expiresAt: null,
  spec: {
    id: 'b1',
    key: 'key-0123456789abcdef',
    title: 'Thông báo',
    source: { kind: 'live', sourceId: 's1' },
    zones: ['c'],
    level: 1,
    authority: 1,
    mode: 'replace',
    wait: false,
    by: BY,
  },
};
const interrupted = (...zones: string[]) => ({
  type: 'broadcast-interrupted',
  zones,
  by: 'b2',
  everywhere: zones.includes('c'),
  positionMs: null,
});
const resumed = (...zones: string[]) => ({ type: 'broadcast-resumed', zones, positionMs: null });
const paused = { type: 'broadcast-paused', by: BY, positionMs: 0 };
const lost = { type: 'source-lost', keepUntil: 20_000 };
const found = { type: 'source-found', sourceId: 's1' };
const unpaused = { type: 'broadcast-unpaused', by: BY };

/** As the log answers: newest first. */
function history(...moments: ReadonlyArray<readonly [number, object]>) {
  const entries = moments.map(([at, event], index) => ({
    id: index,
    at,
    kind: 'event',
    type: (event as { type: string }).type,
    broadcastId: 'b1',
    title: null,
    data: { broadcastId: 'b1', ...event },
  }));
  const page = logPageSchema.parse({ entries: entries.reverse(), next: null });
  const told = historyOf(page.entries, page.next);
  if (told === null) throw new Error('the history is not complete');
  return told;
}

const airMs = (told: ReturnType<typeof history>, zone: string) =>
  airMsIn(told, SMALL_CITY, zoneId(zone), [1_000, 11_000]);

describe('how long a broadcast was on the air in a zone', () => {
  test('is from its start to its end', () => {
    const told = history([1_000, started]);
    expect([airMs(told, 'k1'), hasGaps(told)]).toEqual([10_000, false]);
  });

  test('is without the time in which it was interrupted there; the other zones had all of it', () => {
    const told = history([1_000, started], [3_000, interrupted('w2')], [7_000, resumed('w2')]);
    expect([airMs(told, 'k1'), airMs(told, 'k3'), hasGaps(told)]).toEqual([6_000, 10_000, true]);
  });

  test('counts what came back in part only where it came back', () => {
    const told = history([1_000, started], [3_000, interrupted('c')], [7_000, resumed('k1')]);
    expect([airMs(told, 'k1'), airMs(told, 'k2')]).toEqual([6_000, 2_000]);
  });

  test('is without pauses, also when it was paused and interrupted at once', () => {
    const told = history(
      [1_000, started],
      [3_000, paused],
      [4_000, interrupted('c')],
      [5_000, unpaused],
      [6_000, resumed('c')],
      [10_000, paused],
    );
    expect(airMs(told, 'k1')).toBe(2_000 + 4_000);
  });

  test('begins when it was let on the air, whatever the log says of before', () => {
    expect(airMs(history([200, started], [1_000, interrupted('w2')], [12_000, resumed('w2')]), 'k1')).toBe(0);
  });

  test('is from its first gain where another programme had the zone from the beginning', () => {
    const told = history([1_000, started], [7_000, resumed('w2')], [8_000, interrupted('w2')], [9_000, resumed('w2')]);
    expect([airMs(told, 'k1'), airMs(told, 'k3'), hasGaps(told)]).toEqual([3_000, 10_000, true]);
  });

  test('is without the time in which its source was away', () => {
    const told = history([1_000, started], [3_000, lost], [5_000, found], [9_000, lost]);
    expect([airMs(told, 'k1'), hasGaps(told)]).toEqual([6_000, true]);
  });

  test('is not known where zones have gone since', () => {
    expect(airMs(history([1_000, started], [3_000, interrupted('gone')]), 'k1')).toBeNull();
    expect(airMs(history([1_000, started], [3_000, interrupted('w2')]), 'gone')).toBeNull();
  });

  test('is not known from a log that does not have its beginning', () => {
    expect(historyOf([], null)).toBeNull();
    const page = logPageSchema.parse({ entries: [], next: 5 });
    expect(historyOf(page.entries, page.next)).toBeNull();
  });
});
