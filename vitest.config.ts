import { defineConfig } from 'vitest/config';

/** What is never a test of ours, wherever it lies; the studio has a configuration and a compiler of its own. */
const EXCLUDE = ['studio/**', '**/node_modules/**', '**/e2e/**', '**/build/**', '**/.svelte-kit/**'];

/** Each kind has a suffix of its own; a test without one is a unit test. */
const KINDS = ['data', 'duo', 'int', 'fuzz'];

/** FUZZ_SEED repeats a run that failed; FUZZ_RUNS makes it longer (nightly) or shorter (while writing). */
const FUZZ_SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 0x7fffffff));
const FUZZ_RUNS = Number(process.env.FUZZ_RUNS ?? 100_000);

/** Kinds of tests are told apart by suffix; run one kind with `vitest run --project unit`. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...EXCLUDE, ...KINDS.map((kind) => `**/*.${kind}.test.ts`)],
          // Far beyond what any of them takes: a busy machine must not look like a defect.
          testTimeout: 30_000,
          // One world for all files of a worker: none has state at module level or mocks a module. Three times as fast.
          isolate: false,
        },
      },
      {
        test: {
          name: 'fuzz',
          include: ['**/*.fuzz.test.ts'],
          exclude: EXCLUDE,
          testTimeout: 300_000,
          provide: { fuzzSeed: FUZZ_SEED, fuzzRuns: FUZZ_RUNS },
        },
      },
      // Real processes. Files of `int`, whose receivers play what they hear, run one after the other, so that none takes the
      // processor from the next one's deadlines (two at once lost sound on a busy machine). Those without sound (`data`) and those that
      // play nothing (`duo`) have kinds of their own: two of them run at once, beside other checks.
      ...['data', 'duo', 'int'].map((name) => ({
        test: {
          name,
          include: [`**/*.${name}.test.ts`],
          exclude: EXCLUDE,
          ...(name === 'int' ? { fileParallelism: false } : { maxWorkers: 2 }),
          // One world for all files of a worker, as above: what they share is read, and Prisma's compiler loaded, only once.
          isolate: false,
          testTimeout: 60_000,
          hookTimeout: 180_000,
          globalSetup: ['prisma/testing/global-setup.ts'],
        },
      })),
    ],
  },
});
