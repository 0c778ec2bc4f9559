import fc from 'fast-check';
import { describe, it } from 'vitest';
import { FUZZ_RUNS, FUZZ_SEED } from './support/fuzz-settings.ts';
import { checkHistory } from './support/history-check.ts';
import { histories } from './support/history.ts';

/** One history in so many is also run with its inputs in another order and through its stored form. */
const THOROUGH_EVERY = 8;

describe(`broadcasts, seed ${FUZZ_SEED}`, () => {
  it(`BR1 to BR25, RK3 to RK7: ${FUZZ_RUNS} random histories`, () => {
    let count = 0;
    const property = fc.property(histories, (steps) => checkHistory(steps, count++ % THOROUGH_EVERY === 0));
    fc.assert(property, { seed: FUZZ_SEED, numRuns: FUZZ_RUNS });
  });
});
