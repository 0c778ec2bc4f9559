import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [sveltekit()],
  test: {
    name: 'studio',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // One world for all files of a worker: no test may mock a module that others load. Three times as fast.
    isolate: false,
    globalSetup: ['./test/support/vitest-setup.ts'],
  },
});
