import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { inRoot } from './paths.mjs';

/**
 * Under node_modules: a new installation of the libraries makes everything that was made with them again.
 * @param {string} name
 */
const stampPath = (name) => inRoot('node_modules', '.cache', 'loa', name);

/**
 * Whether a step's product was made from inputs with this hash.
 * @param {string} name @param {string} hash
 */
export const isStamped = (name, hash) =>
  existsSync(stampPath(name)) && readFileSync(stampPath(name), 'utf8').trim() === hash;

/** @param {string} name @param {string} hash */
export const writeStamp = (name, hash) => {
  mkdirSync(dirname(stampPath(name)), { recursive: true });
  writeFileSync(stampPath(name), `${hash}\n`);
};
