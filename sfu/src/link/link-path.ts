import { join, resolve } from 'node:path';

/** Where pump and door of a data folder meet, unless it was set. */
export function linkPathOf(dataDir: string, given: string | undefined): string {
  return resolve(given ?? join(dataDir, 'run', 'pump.sock'));
}
