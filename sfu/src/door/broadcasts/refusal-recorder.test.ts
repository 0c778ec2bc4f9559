import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MAX_REFUSALS_PER_MINUTE } from '@loa/shared/log/refusal-tally';
import type { RefusalRow } from '../repositories/log-repository.ts';
import { createRefusalRecorder, MAX_UNSTORED_REFUSALS } from './refusal-recorder.ts';

const BY = { id: 'somebody', name: 'Phòng thử' };
const STOP = { type: 'stop', broadcastId: 'b-1' as never } as const;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp() {
  const database = { up: true, rows: [] as RefusalRow[] };
  const clock = { now: 60_000 };
  const recorder = createRefusalRecorder({
    repository: {
      storeRefusals(rows) {
        if (!database.up) return Promise.reject(new Error('away'));
        database.rows.push(...rows);
        return Promise.resolve();
      },
    },
    now: () => clock.now,
    log: pino({ level: 'silent' }),
  });
  return { database, clock, recorder };
}

const total = (rows: readonly RefusalRow[]) => rows.reduce((sum, { counted }) => sum + (counted?.count ?? 1), 0);

describe('refusals', () => {
  it('are stored when the database is back, once and as of when they were made', async () => {
    const { database, clock, recorder } = setUp();
    database.up = false;
    recorder.record(STOP, BY, { code: 'unknown-broadcast' });
    clock.now += 5_000;
    const spec = { title: 'Bản tin', zones: Array.from({ length: 900 }, (_, n) => `zone-${n}`) };
    recorder.record({ type: 'start', spec }, BY, { code: 'unknown-segment', detail: 's-1' });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(database.rows).toEqual([]);
    database.up = true;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(database.rows).toMatchObject([
      { at: 60_000, code: 'unknown-broadcast', commandType: 'stop', by: BY, detail: { broadcastId: 'b-1' } },
      { at: 65_000, code: 'unknown-segment', commandType: 'start', detail: { title: 'Bản tin', zoneCount: 900 } },
    ]);
    expect((database.rows[1]?.detail as { zones: string[] }).zones).toEqual(spec.zones.slice(0, 50));
  });

  it('RF1: are bounded, and the database is told how many there were when the minute is over', async () => {
    const { database, clock, recorder } = setUp();
    for (let n = 0; n < MAX_REFUSALS_PER_MINUTE + 30; n++, clock.now += 10)
      recorder.record(STOP, BY, { code: 'unknown-broadcast' });
    await vi.advanceTimersByTimeAsync(30_000);
    expect(database.rows.map(({ counted }) => counted)).toEqual(Array(MAX_REFUSALS_PER_MINUTE).fill(null));
    await vi.advanceTimersByTimeAsync(30_000);
    const [counted] = database.rows.slice(MAX_REFUSALS_PER_MINUTE);
    expect(counted).toMatchObject({ code: 'unknown-broadcast', commandType: 'stop', by: BY, at: 61_490 });
    expect(counted?.counted).toEqual({ count: 30, firstAt: 61_200 });
    clock.now += 60_000;
    recorder.record(STOP, BY, { code: 'already-ended' });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(database.rows.slice(MAX_REFUSALS_PER_MINUTE + 1)).toMatchObject([{ code: 'already-ended', counted: null }]);
  });

  it('RF2: a clean stop stores what is counted, also when the database was away', async () => {
    const { database, recorder } = setUp();
    database.up = false;
    for (let n = 0; n < MAX_REFUSALS_PER_MINUTE + 30; n++) recorder.record(STOP, BY, { code: 'unknown-broadcast' });
    await vi.advanceTimersByTimeAsync(10_000);
    database.up = true;
    await recorder.close(1_000);
    expect(total(database.rows)).toBe(MAX_REFUSALS_PER_MINUTE + 30);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('RF2: in a night without a database what waits is bounded, and none of them is lost', async () => {
    const { database, clock, recorder } = setUp();
    database.up = false;
    const minutes = Math.ceil(MAX_UNSTORED_REFUSALS / MAX_REFUSALS_PER_MINUTE) + 60;
    for (let minute = 0; minute < minutes; minute++, clock.now += 60_000) {
      for (let n = 0; n < MAX_REFUSALS_PER_MINUTE + 10; n++) recorder.record(STOP, BY, { code: 'unknown-broadcast' });
      await vi.advanceTimersByTimeAsync(60_000);
    }
    database.up = true;
    await vi.advanceTimersByTimeAsync(120_000);
    expect(total(database.rows)).toBe(minutes * (MAX_REFUSALS_PER_MINUTE + 10));
    expect(database.rows.length).toBeLessThan(MAX_UNSTORED_REFUSALS + 10);
  });

  it('get one more attempt at the end', async () => {
    const { database, recorder } = setUp();
    database.up = false;
    recorder.record(STOP, BY, { code: 'unknown-broadcast' });
    await vi.advanceTimersByTimeAsync(100);
    database.up = true;
    await recorder.close(1_000);
    expect(database.rows).toHaveLength(1);
  });
});
