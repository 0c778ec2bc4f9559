import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const STUDIO = fileURLToPath(new URL('../..', import.meta.url));

/** Compiles the texts once before the tests. */
export default function setup(): void {
  execFileSync(process.execPath, ['compile-messages.ts'], { cwd: STUDIO });
}
