import { describe, expect, it } from 'vitest';
import { MAX_REFUSALS_PER_MINUTE, MINUTE_MS, RefusalTally } from './refusal-tally.ts';

const LAN = { id: 'lan', name: 'Lan' };
const MINH = { id: 'minh', name: 'Minh' };
const TAKEN = { code: 'zones-taken', commandType: 'start' };
const GONE = { code: 'unknown-broadcast', commandType: 'stop' };
/** In the middle of a minute. */
const AT = 100 * MINUTE_MS + 10_000;

/** A tally whose minute of `AT` is full. */
function full(): RefusalTally {
  const tally = new RefusalTally();
  for (let n = 0; n < MAX_REFUSALS_PER_MINUTE; n++) expect(tally.take(TAKEN, LAN, AT, true)).toBe(true);
  return tally;
}

describe('refusals that are counted', () => {
  it('RF1: of one minute so many stand by themselves, the others are counted for each reason and kind of command', () => {
    const tally = full();
    for (const at of [AT + 1, AT + 5, AT + 9]) expect(tally.take(TAKEN, LAN, at, true)).toBe(false);
    tally.take(GONE, LAN, AT + 6, true);
    tally.take({ ...GONE, commandType: 'pause' }, LAN, AT + 7, true);
    expect(tally.takeCounts()).toEqual([
      { ...TAKEN, count: 3, firstAt: AT + 1, lastAt: AT + 9, by: LAN },
      { ...GONE, count: 1, firstAt: AT + 6, lastAt: AT + 6, by: LAN },
      { ...GONE, commandType: 'pause', count: 1, firstAt: AT + 7, lastAt: AT + 7, by: LAN },
    ]);
    expect(tally.counting).toBe(false);
    expect(tally.takeCounts()).toEqual([]);
  });

  it('RF1: none is left out or told twice, whenever the counts are taken', () => {
    const tally = new RefusalTally();
    let told = 0;
    for (let n = 0; n < 2_000; n++) {
      const at = AT + n * 97;
      if (tally.isOver(at)) for (const { count } of tally.takeCounts()) told += count;
      if (tally.take(n % 3 ? TAKEN : GONE, n % 2 ? LAN : MINH, at, n % 500 < 400)) told += 1;
    }
    for (const { count } of tally.takeCounts()) told += count;
    expect(told).toBe(2_000);
  });

  it('RF1: name who asked when it was one person alone', () => {
    const tally = full();
    tally.take(TAKEN, LAN, AT, true);
    tally.take(GONE, LAN, AT, true);
    for (const by of [MINH, MINH, LAN]) tally.take(GONE, by, AT, true);
    expect(tally.takeCounts().map(({ by }) => by)).toEqual([LAN, null]);
  });

  it('RF1: the next minute counts anew', () => {
    const tally = full();
    tally.take(TAKEN, LAN, AT, true);
    expect(tally.isOver(AT + 1)).toBe(false);
    expect(tally.isOver(AT + MINUTE_MS)).toBe(true);
    tally.takeCounts();
    expect(tally.isOver(AT + MINUTE_MS)).toBe(false);
    expect(tally.take(TAKEN, LAN, AT + MINUTE_MS, true)).toBe(true);
  });

  it('RF2: without room for rows that wait all are counted, over as many minutes as it lasts', () => {
    const tally = new RefusalTally();
    for (const at of [AT, AT + MINUTE_MS, AT + 5 * MINUTE_MS]) expect(tally.take(TAKEN, LAN, at, false)).toBe(false);
    expect(tally.takeCounts()).toMatchObject([{ count: 3, firstAt: AT, lastAt: AT + 5 * MINUTE_MS }]);
  });
});
