import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    fuzzSeed: number;
    fuzzRuns: number;
  }
}

/** Seed of all property tests of this run; part of their names, so that every report shows it. */
export const FUZZ_SEED = inject('fuzzSeed');

/** Random histories of the decision core per run; other properties take a stated share of it. */
export const FUZZ_RUNS = inject('fuzzRuns');
