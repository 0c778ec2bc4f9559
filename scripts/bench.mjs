// `npm run bench -- NAME [--option value …]`: sets up what is missing, then runs one bench; its result is the last line.
import { spawn } from 'node:child_process';
import { ROOT, inRoot } from './setup/paths.mjs';
import { prepare } from './setup/prepare.mjs';

const prepared = await prepare({ forTest: true });
if (prepared === null) {
  process.exitCode = 1;
} else {
  const child = spawn(prepared.node, [inRoot('bench', 'run.ts'), ...process.argv.slice(2)], {
    cwd: ROOT,
    env: prepared.env,
    stdio: 'inherit',
  });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => child.kill(signal));
  child.once('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}
