import { defineConfig } from '@playwright/test';

/** One system, one test at a time: loudspeakers are shared. */
export default defineConfig({
  testDir: './specs',
  testMatch: '**/*.e2e.ts',
  workers: 1,
  fullyParallel: false,
  retries: 0,
  forbidOnly: true,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  globalSetup: './support/global-setup.ts',
  outputDir: '../test-results/e2e',
  use: { trace: 'retain-on-failure', screenshot: 'only-on-failure' },
});
