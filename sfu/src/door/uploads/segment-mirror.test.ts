import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { SegmentView } from '@loa/shared/protocol/live';
import type { SegmentLibrary } from './segment-library.ts';
import { createSegmentMirror } from './segment-mirror.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const SEGMENT = { segmentId: 'one', status: 'processing' } as unknown as SegmentView;

/** A mirror whose library says what it was asked to learn, and cannot while the database is away. */
function createTestMirror() {
  const database = { up: false };
  const asked: string[] = [];
  const library = {
    learn({ segmentId }: SegmentView) {
      asked.push(segmentId);
      return database.up ? Promise.resolve(true) : Promise.reject(new Error('away'));
    },
  } as unknown as SegmentLibrary;
  const mirror = createSegmentMirror({ segmentsDir: '', library, accessToken: '', log: pino({ level: 'silent' }) });
  return { mirror, database, asked };
}

it('NP3: what could not be taken over because the database was away is taken over later, and once', async () => {
  const { mirror, database, asked } = createTestMirror();
  mirror.learn('http://other', [SEGMENT]);
  await vi.advanceTimersByTimeAsync(90_000);
  expect(asked).toEqual(['one', 'one']);
  database.up = true;
  await vi.advanceTimersByTimeAsync(300_000);
  expect(asked).toEqual(['one', 'one', 'one']);
  await mirror.close();
});

it('NP3: a node that is met again and again while the database is away leaves one thing to be tried again, not one for each time', async () => {
  const { mirror, asked } = createTestMirror();
  for (let n = 0; n < 20; n++) {
    mirror.learn('http://other', [SEGMENT]);
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect([asked.length, vi.getTimerCount()]).toEqual([20, 1]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked.length).toBe(21);
  await mirror.close();
});
