import type { ClockEstimate } from '@loa/shared/timing/clock-offset';
import { expect, test } from 'vitest';
import { NO_STATS, type PageStats } from './page-playout.ts';
import { IN_STEP_MS, pageStep } from './page-step.ts';
import { stepText } from './step-text.ts';

const CLOCK: ClockEstimate = { offsetMs: 5, atMs: 0, driftPpm: 0, errorMs: 2.2, jitterMs: 0 };
const MEASURED: PageStats = { ...NO_STATS, delayMs: 200, extraDelayMs: 0, positionErrorMs: -0.5, outputErrorMs: 1 };
const said = (...of: Parameters<typeof pageStep>) => stepText(pageStep(...of), 'vi');

test('PO90: who has measured clock, output and place is in step by no less than what all three may be wrong', () => {
  expect(pageStep(MEASURED, CLOCK, 0)).toEqual({ kind: 'in-step', errorMs: 4 });
  expect(said(MEASURED, CLOCK, 0)).toContain('± 4 ms');
});

test.each([
  ['the place', { ...MEASURED, positionErrorMs: -35 }, CLOCK],
  ['the output', { ...MEASURED, outputErrorMs: 30 }, CLOCK],
  ['the clock', MEASURED, { ...CLOCK, errorMs: 25 }],
])('PO90: who may be off by too much because of %s does not call itself in step', (_, stats, clock) => {
  const step = pageStep(stats, clock, 0);
  expect(step.kind).toBe('apart');
  expect('errorMs' in step ? step.errorMs : null).toBeGreaterThan(IN_STEP_MS);
  expect(said(stats, clock, 0)).not.toContain('Phát cùng nhịp');
});

test('PO90: who has not measured says which of them is missing', () => {
  expect(pageStep(MEASURED, null, 0)).toEqual({ kind: 'unmeasured', missing: 'clock' });
  const guessed = { ...MEASURED, outputErrorMs: null };
  expect(pageStep(guessed, CLOCK, 0)).toEqual({ kind: 'unmeasured', missing: 'output' });
  expect(said(guessed, CLOCK, 0)).toContain('không rõ');
  expect(pageStep({ ...NO_STATS, delayMs: 200 }, CLOCK, 0).kind).toBe('unmeasured');
});

test('PO90: who plays behind says why, and how sure that is', () => {
  expect(pageStep(MEASURED, CLOCK, 70)).toEqual({ kind: 'behind', behindMs: 70, errorMs: 4, cause: 'output' });
  const late = { ...MEASURED, extraDelayMs: 40 };
  expect(pageStep(late, CLOCK, 40)).toMatchObject({ cause: 'packets' });
  expect(pageStep(late, CLOCK, 70)).toMatchObject({ cause: 'both' });
  expect(pageStep(NO_STATS, CLOCK, 70)).toEqual({ kind: 'behind', behindMs: 70, errorMs: null, cause: 'unknown' });
  expect(said(MEASURED, CLOCK, 70)).toBe(
    'Phát sau các loa khác 70 ms (± 4 ms). Máy này đưa tiếng ra loa chậm. Muốn cùng nhịp, hãy tăng độ trễ phát chung.',
  );
  expect(said(NO_STATS, null, 70)).toContain('khoảng 70 ms');
});
