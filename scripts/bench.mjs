// `npm run bench -- NAME [--option value …]`: sets up what is missing, then runs one bench; its result is the last line.
import { spawn } from 'node:child_process';
import { ROOT, inRoot } from './setup/paths.mjs';
import { prepare } from './setup/prepare.mjs';

const args = process.argv.slice(2);
// Snapcast plays in the same rooms, unless it is not wanted.
const forPeers = args[0] === 'sync' && args[args.indexOf('--peer') + 1] !== 'none';
const prepared = await prepare({ forTest: true, forPeers });
if (prepared === null) {
  process.exitCode = 1;
} else {
  const child = spawn(prepared.node, [inRoot('bench', 'run.ts'), ...args], {
    cwd: ROOT,
    env: prepared.env,
    stdio: 'inherit',
  });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => child.kill(signal));
  child.once('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}
