import { describe, expect, it } from 'vitest';
import { addCounts, countPlaywright, countStage, countVitest } from './counts.mjs';

describe('counting test results', () => {
  it('adds what the runners report', () => {
    const vitest = countVitest({ numPassedTests: 10, numFailedTests: 2 }, false);
    const playwright = countPlaywright({ stats: { expected: 3, unexpected: 1 } }, false);
    expect(addCounts([vitest, playwright, countStage(true), countStage(false)])).toEqual({ passed: 14, failed: 4 });
  });

  it('counts a run without tests, without a report or with a bad end as failed', () => {
    expect(countVitest({ numPassedTests: 0, numFailedTests: 0 }, true)).toEqual({ passed: 0, failed: 1 });
    expect(countVitest(null, true)).toEqual({ passed: 0, failed: 1 });
    expect(countVitest({ numPassedTests: 5, numFailedTests: 0 }, false)).toEqual({ passed: 5, failed: 1 });
    expect(countPlaywright(null, false)).toEqual({ passed: 0, failed: 1 });
  });

  it('counts skipped and planned tests, and one that passed at its second attempt, as failed', () => {
    expect(countVitest({ numPassedTests: 5, numPendingTests: 1, numTodoTests: 1 }, true)).toEqual({
      passed: 5,
      failed: 2,
    });
    expect(countPlaywright({ stats: { expected: 5, skipped: 1, flaky: 1 } }, true)).toEqual({ passed: 5, failed: 2 });
  });
});
