import { defineConfig } from 'vitest/config';

/** What is never a test of ours, wherever it lies. */
const EXCLUDE = ['**/node_modules/**', '**/e2e/**', '**/build/**', '**/.svelte-kit/**'];

/** Kinds of tests are told apart by suffix; run one kind with `vitest run --project unit`. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...EXCLUDE, '**/*.int.test.ts', '**/*.fuzz.test.ts', '**/*.svelte.test.ts'],
        },
      },
      {
        test: {
          name: 'fuzz',
          include: ['**/*.fuzz.test.ts'],
          exclude: EXCLUDE,
          testTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'int',
          include: ['**/*.int.test.ts'],
          exclude: EXCLUDE,
          // Workers, databases and sockets of one file must not take the processor from another one's deadlines.
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
