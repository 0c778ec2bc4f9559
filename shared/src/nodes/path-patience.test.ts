import { describe, expect, it } from 'vitest';
import { hasWitness, isGivenUp, UNANSWERED_MS, WITNESS_AFTER_MS, WITNESS_SETTLE_MS } from './path-patience.ts';

const HEARD_AT = 10_000;

describe('ND50: a second path bears witness', () => {
  it('when it brought something while the first brought nothing, and the first had time to do the same', () => {
    const secondHeardAtMs = HEARD_AT + WITNESS_AFTER_MS;
    const path = { heardAtMs: HEARD_AT, secondHeardAtMs };
    expect(hasWitness(path, secondHeardAtMs + WITNESS_SETTLE_MS - 1)).toBe(false);
    expect(hasWitness(path, secondHeardAtMs + WITNESS_SETTLE_MS)).toBe(true);
  });

  it('not by what was on its way when both fell silent, and not when it is not there', () => {
    const late = HEARD_AT + WITNESS_AFTER_MS - 1;
    expect(hasWitness({ heardAtMs: HEARD_AT, secondHeardAtMs: late }, HEARD_AT + 5_000)).toBe(false);
    expect(hasWitness({ heardAtMs: HEARD_AT, secondHeardAtMs: null }, HEARD_AT + 5_000)).toBe(false);
  });

  it('then nothing more is waited for; ND51: otherwise an answer', () => {
    const lostAtMs = HEARD_AT + 1_100;
    const alone = { heardAtMs: HEARD_AT, lostAtMs, secondHeardAtMs: null };
    expect(isGivenUp({ ...alone, secondHeardAtMs: HEARD_AT + 600 }, lostAtMs)).toBe(true);
    expect(isGivenUp(alone, lostAtMs + UNANSWERED_MS - 1)).toBe(false);
    expect(isGivenUp(alone, lostAtMs + UNANSWERED_MS)).toBe(true);
  });
});
