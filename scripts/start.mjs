// `npm start`: sets up what is missing, then runs everything on the project's own Node until it is told to stop.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { prepare } from './setup/prepare.mjs';
import { ROOT, inRoot } from './setup/paths.mjs';

if (existsSync(inRoot('.env'))) {
  if (process.loadEnvFile === undefined) {
    process.stderr.write(
      `Node ${process.version} không đọc được tệp .env · cannot read the file .env: Node 20.12 or later can.\n` +
        '  Cách xử lý · what to do: put the settings into the environment and rename .env, or run this with a newer Node.\n',
    );
    process.exit(1);
  }
  process.loadEnvFile(inRoot('.env'));
}

// `npm run cluster`: the same with several nodes on this machine.
const isCluster = process.argv[2] === '--nodes';
const nodes = isCluster ? { LOA_NODES: process.argv[3] } : {};
const startedAt = Date.now();
const prepared = await prepare({ forTest: false, forCluster: isCluster });
if (prepared === null) {
  process.exitCode = 1;
} else {
  const child = spawn(prepared.node, [inRoot('scripts', 'start', 'main.ts')], {
    cwd: ROOT,
    env: { ...prepared.env, ...nodes, LOA_STARTED_AT: String(startedAt) },
    // A process group of its own: a Ctrl-C arrives once, from here, and not a second time from the terminal.
    detached: true,
    // The channel tells the supervisor when we are gone, so that nothing is left running.
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal));
  }
  child.once('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}
