import { compile } from '@inlang/paraglide-js';
import { MESSAGES } from '../../messages.config.ts';

/** Compiles the texts where the Vite plugin does not run: for vitest (as its global setup) and before the type check. */
export default async function compileMessages(): Promise<void> {
  await compile(MESSAGES);
}

if (import.meta.main) await compileMessages();
