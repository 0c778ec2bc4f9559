import { lstatSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';

/** Paths from the package's folder; npm packages cannot hold links, so this one lists them. */
const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/**
 * Makes the links to the libraries that are missing in a PostgreSQL that npm installed, or in a copy of it. The package does it in its
 * install script, which `npm ci --ignore-scripts` leaves out; without them no program of it starts.
 */
export const makeLibraryLinks = (nativeDir: string): void => {
  const links = linksSchema.parse(JSON.parse(readFileSync(join(nativeDir, 'pg-symlinks.json'), 'utf8')));
  for (const { source, target } of links) {
    const [file, link] = [source, target].map((path) => join(nativeDir, relative('native', path))) as [string, string];
    if (isThere(link)) continue;
    try {
      symlinkSync(relative(dirname(link), file), link);
    } catch (error) {
      // Another process of ours was quicker.
      if (!isThere(link)) throw error;
    }
  }
};
