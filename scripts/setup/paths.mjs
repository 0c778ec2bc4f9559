// Where things are. Plain JavaScript for Node 18, which Debian 12 has: everything in this folder runs before anything is
// installed.
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the module whose `import.meta.url` it is. @param {string} url */
export const folderOf = (url) => dirname(fileURLToPath(url));

/** Root of the clone. */
export const ROOT = resolve(folderOf(import.meta.url), '..', '..');

/** @param {...string} parts */
export const inRoot = (...parts) => join(ROOT, ...parts);

/**
 * What survives a new clone: the user's cache folder.
 * @param {NodeJS.ProcessEnv} [env]
 */
export const cacheDir = (env = process.env) => join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'loa');

/** The Node that comes with the project through npm; missing on systems that npm has none for. */
export const PACKAGED_NODE = inRoot('node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
