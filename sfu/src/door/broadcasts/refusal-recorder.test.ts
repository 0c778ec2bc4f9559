import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RefusalRow } from '../repositories/log-repository.ts';
import { createRefusalRecorder, MAX_REFUSALS_PER_MINUTE } from './refusal-recorder.ts';

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

  it('are bounded: of one minute so many, and the next minute counts anew', async () => {
    const { database, clock, recorder } = setUp();
    for (let n = 0; n < MAX_REFUSALS_PER_MINUTE + 30; n++) recorder.record(STOP, BY, { code: 'unknown-broadcast' });
    clock.now += 60_000;
    recorder.record(STOP, BY, { code: 'already-ended' });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(database.rows).toHaveLength(MAX_REFUSALS_PER_MINUTE + 1);
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
