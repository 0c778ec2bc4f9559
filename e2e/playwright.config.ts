import { defineConfig } from '@playwright/test';

/** Files of tests run beside each other, each worker's on a system of its own: the loudspeakers of a system are shared. */
export default defineConfig({
  testDir: './specs',
  testMatch: '**/*.e2e.ts',
  // As many as a small machine can carry, and each of them waits for sound most of the time.
  workers: 2,
  fullyParallel: false,
  forbidOnly: true,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  globalSetup: './support/global-setup.ts',
  outputDir: '../test-results/e2e',
  use: {
    // What was done and what the page was made of; a film of moving meters would take the processor from the sound.
    trace: { mode: 'retain-on-failure', screenshots: false, snapshots: true, sources: false },
    screenshot: 'only-on-failure',
  },
});
