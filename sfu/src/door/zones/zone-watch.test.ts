import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ZoneVersion } from '@loa/shared/zones/zone-versions';
import type { ZoneRecords, ZoneRepository } from '../repositories/zone-repository.ts';
import { createZoneBook } from './zone-book.ts';
import { createZoneWatch, type ZoneWatch } from './zone-watch.ts';

const EVERY_MS = 30_000;
const START = 1_000_000;

const version = (id: string, parentId: string | null, validFrom: number, validTo: number | null = null) =>
  ({
    zone: { id, parentId, kind: 'ward', code: id, name: id, lat: null, lng: null, population: null },
    validFrom,
    validTo,
  }) as unknown as ZoneVersion;
const records = (...versions: ZoneVersion[]): ZoneRecords => ({ versions, successions: [] });
const CITY = version('city', null, 0);

let stored: ZoneRecords;
let away: boolean;
let reads: number;
let receivers: string;
let trees: string[][];
let enrolled: number;
let watch: ZoneWatch;

beforeEach(() => {
  vi.useFakeTimers({ now: START });
  stored = records(CITY, version('w1', 'city', 0));
  [away, reads, receivers, trees, enrolled] = [false, 0, 'none', [], 0];
});
afterEach(() => {
  watch.close();
  vi.useRealTimers();
});

function begin() {
  const book = createZoneBook(stored, Date.now());
  const zones: ZoneRepository = {
    read() {
      reads += 1;
      return Promise.resolve(stored);
    },
    readStamp: () =>
      away ? Promise.reject(new Error('away')) : Promise.resolve({ zones: JSON.stringify(stored), receivers }),
  };
  watch = createZoneWatch({
    book,
    zones,
    everyMs: EVERY_MS,
    now: () => Date.now(),
    onTree: () => trees.push(book.current.zones.map(({ id }) => id)),
    onReceivers: () => Promise.resolve((enrolled += 1) > 1),
    onCheck: () => undefined,
    log: pino({ level: 'silent' }),
  });
}

describe('the zone watch', () => {
  it('reads the rows again only when they have changed, and at most that late', async () => {
    begin();
    await vi.advanceTimersByTimeAsync(5 * EVERY_MS);
    expect([reads, trees]).toEqual([1, []]);
    stored = records(...stored.versions, version('w2', 'city', 0));
    await vi.advanceTimersByTimeAsync(EVERY_MS + 1);
    expect([reads, trees]).toEqual([2, [['city', 'w1', 'w2']]]);
  });

  it('ZT5: turns at the very instant that is known, without a database', async () => {
    const at = START + 47_123;
    stored = records(CITY, version('w1', 'city', 0, at), version('w2', 'city', at));
    begin();
    away = true;
    await vi.advanceTimersByTimeAsync(at - START - 1);
    expect(trees).toEqual([]);
    await vi.advanceTimersByTimeAsync(2);
    expect(trees).toEqual([['city', 'w2']]);
  });

  it('goes on with the last tree while the rows are none, and takes the next that is one', async () => {
    begin();
    await vi.advanceTimersByTimeAsync(1);
    const good = stored;
    stored = records(...good.versions, version('second-root', null, 0));
    await vi.advanceTimersByTimeAsync(2 * EVERY_MS);
    expect(trees).toEqual([]);
    stored = records(...good.versions, version('w3', 'city', 0));
    await vi.advanceTimersByTimeAsync(EVERY_MS + 1);
    expect(trees).toEqual([['city', 'w1', 'w3']]);
  });

  it('asks again for receivers whose rows could not be taken over', async () => {
    begin();
    await vi.advanceTimersByTimeAsync(EVERY_MS * 3);
    expect(enrolled).toBe(2);
    receivers = 'one more';
    await vi.advanceTimersByTimeAsync(EVERY_MS);
    expect(enrolled).toBe(3);
  });
});
