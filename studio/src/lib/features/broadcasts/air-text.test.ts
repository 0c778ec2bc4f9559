import { describe, expect, test } from 'vitest';
import type { AirState } from './air-state.ts';
import { airTitle, keptForMs, keptUntilText, unansweredDetail } from './air-text.ts';

const KEEP_UNTIL_MS = Date.UTC(2026, 0, 1, 2, 14, 15);
const KEPT: readonly AirState[] = [
  { kind: 'source-lost', keepUntil: KEEP_UNTIL_MS },
  { kind: 'held', keepUntil: KEEP_UNTIL_MS },
];

describe.each(KEPT)('what is read out of $kind', (air) => {
  test('says until when, not for how many seconds, so that it is said once', () => {
    const said = [airTitle(air), keptUntilText(air), unansweredDetail(air, true)].join(' ');
    expect(said).toContain('09:14:15');
    expect(said).not.toMatch(/\d+ giây/);
  });

  test('is counted beside it', () => {
    expect([keptForMs(air, KEEP_UNTIL_MS - 12_600), keptForMs(air, KEEP_UNTIL_MS + 1)]).toEqual([12_600, 0]);
  });
});
