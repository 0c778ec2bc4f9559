import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Compiles the texts once before the tests, in a process of its own: the compiler keeps handles open that vitest waits for. */
export default function setup(): void {
  execFileSync(process.execPath, [fileURLToPath(new URL('./compile-messages.ts', import.meta.url))], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
  });
}
