import { defineConfig } from '@playwright/test';

/** One system, one test at a time: loudspeakers are shared. */
export default defineConfig({
  testDir: './specs',
  testMatch: '**/*.e2e.ts',
  workers: 1,
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
