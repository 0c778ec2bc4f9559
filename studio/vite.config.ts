import { paraglideVitePlugin } from '@inlang/paraglide-js';
import adapter from '@sveltejs/adapter-node';
import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';
import { MESSAGES } from './messages.config.ts';

export default defineConfig(({ command }) => ({
  plugins: [
    // While developing the texts are compiled as they change; for a build `npm run messages` has compiled them.
    ...(command === 'serve' ? [paraglideVitePlugin(MESSAGES)] : []),
    tailwindcss(),
    sveltekit({
      adapter: adapter(),
      csp: {
        mode: 'nonce',
        directives: {
          'default-src': ['self'],
          'script-src': ['self', 'wasm-unsafe-eval'],
          // Svelte sets style attributes (bars of meters, positions on the map).
          'style-src': ['self', 'unsafe-inline'],
          'img-src': ['self', 'data:'],
          'font-src': ['self', 'data:'],
          'media-src': ['self', 'blob:'],
          // The hook adds the door's address, which is known only at run time.
          'connect-src': ['self'],
          'worker-src': ['self', 'blob:'],
          'object-src': ['none'],
          'base-uri': ['self'],
          'form-action': ['self'],
          'frame-ancestors': ['none'],
        },
      },
    }),
  ],
  worker: { format: 'es' },
  build: { chunkSizeWarningLimit: 700 },
}));
