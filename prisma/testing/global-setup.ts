import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TEMPLATE_VARIABLE } from './template-variable.ts';

/** Makes once for all test files what `createDemoDatabase` copies. Not here: Vitest loads this file in a way of its own. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'loa-template-'));
  const template = join(folder, 'postgres');
  execFileSync(process.execPath, [join(import.meta.dirname, 'write-template.ts'), template], { stdio: 'inherit' });
  process.env[TEMPLATE_VARIABLE] = template;
  return () => rmSync(folder, { recursive: true, force: true });
}
