import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { SegmentView } from '@loa/shared/protocol/live';
import type { SegmentLibrary } from './segment-library.ts';
import { createSegmentMirror } from './segment-mirror.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('NP3: what could not be taken over because the database was away is taken over later, and once', async () => {
  const database = { up: false };
  const asked: string[] = [];
  const library = {
    learn({ segmentId }: SegmentView) {
      asked.push(segmentId);
      return database.up ? Promise.resolve(true) : Promise.reject(new Error('away'));
    },
  } as unknown as SegmentLibrary;
  const mirror = createSegmentMirror({ segmentsDir: '', library, accessToken: '', log: pino({ level: 'silent' }) });
  mirror.learn('http://other', [{ segmentId: 'one', status: 'processing' } as unknown as SegmentView]);
  await vi.advanceTimersByTimeAsync(90_000);
  expect(asked).toEqual(['one', 'one']);
  database.up = true;
  await vi.advanceTimersByTimeAsync(300_000);
  expect(asked).toEqual(['one', 'one', 'one']);
  await mirror.close();
});
