// Where things are. Plain JavaScript for Node 20: everything in this folder runs before anything is installed.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Root of the clone. */
export const ROOT = resolve(import.meta.dirname, '..', '..');

/** @param {...string} parts */
export const inRoot = (...parts) => join(ROOT, ...parts);

/**
 * What survives a new clone: the user's cache folder.
 * @param {NodeJS.ProcessEnv} [env]
 */
export const cacheDir = (env = process.env) => join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'loa');

/** The Node that comes with the project through npm; missing on systems that npm has none for. */
export const PACKAGED_NODE = inRoot('node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
