import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashContents } from '../setup/content-hash.mjs';
import { cacheDir, folderOf, inRoot } from '../setup/paths.mjs';

/** The worker's own exit code when it is started by hand: it runs, and misses the version it should have been given. */
const RUNS_EXIT_CODE = 41;
const CHECK_TIMEOUT_MS = 10_000;

/** @param {string} path Whether this machine can run it: all its libraries are there and of the right age. */
export const runsHere = (path) =>
  existsSync(path) && spawnSync(path, [], { env: {}, timeout: CHECK_TIMEOUT_MS }).status === RUNS_EXIT_CODE;

/** The version that the lock file names; known before anything is installed. */
export const workerVersion = () => {
  const lock = JSON.parse(readFileSync(inRoot('package-lock.json'), 'utf8'));
  return String(lock.packages['node_modules/mediasoup'].version);
};

/** Where a worker that was built here is kept, outside the clone: by version, recipe and machine. */
export const builtWorker = () => {
  const recipe = hashContents(folderOf(import.meta.url), ['recipe']);
  const key = `${workerVersion()}-${recipe.slice(0, 8)}-${process.platform}-${process.arch}`;
  const folder = join(cacheDir(), 'mediasoup-worker', key);
  return { key, folder, path: join(folder, 'mediasoup-worker') };
};

/** Where mediasoup puts the binary that it downloads. */
export const officialWorker = () => inRoot('node_modules', 'mediasoup', 'worker', 'out', 'Release', 'mediasoup-worker');

/** @returns {string | null} A worker that is there and runs: the one the user names, the official one, the built one. */
export const findWorker = () => {
  const named = process.env.MEDIASOUP_WORKER_BIN;
  const candidates = [...(named ? [named] : []), officialWorker(), builtWorker().path];
  return candidates.find(runsHere) ?? null;
};
