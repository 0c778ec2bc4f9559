import { delimiter } from 'node:path';

/** Where Debian has useradd, and what dpkg runs. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/**
 * A search path that also has the programs of the system: root keeps the path of who became root by `su` without a dash.
 * @param {string | undefined} path
 */
export const withSystemFolders = (path) =>
  [...new Set([...(path ?? '').split(delimiter), ...SYSTEM_FOLDERS])].filter((folder) => folder !== '').join(delimiter);
