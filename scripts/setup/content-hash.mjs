import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

/**
 * All files below a file or folder, in a fixed order.
 * @param {string} path
 * @param {(name: string) => boolean} ignore
 * @returns {string[]}
 */
const filesIn = (path, ignore) => {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .filter((name) => !ignore(name))
    .sort()
    .flatMap((name) => filesIn(join(path, name), ignore));
};

/**
 * One short hash of the names and contents of many files: the same inputs give the same hash on any machine.
 * @param {string} root Names count relative to it.
 * @param {readonly string[]} paths Files and folders below it; one that is missing counts as empty.
 * @param {{ ignore?: (name: string) => boolean, extra?: readonly string[] }} [options]
 */
export const hashContents = (root, paths, { ignore = () => false, extra = [] } = {}) => {
  const hash = createHash('sha256');
  for (const text of extra) hash.update(`${text}\0`);
  for (const file of paths.flatMap((path) => filesIn(join(root, path), ignore))) {
    const contents = readFileSync(file);
    hash.update(`${relative(root, file)}\0${contents.length}\0`).update(contents);
  }
  return hash.digest('hex').slice(0, 16);
};
