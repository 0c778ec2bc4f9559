import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import type { Binaries } from './binaries.ts';
import { RUNTIME_DIR, type RunAs, canEnter } from './run-as.ts';

/** The superuser of the cluster and the database that the programs use have the same name. */
export const DATABASE_NAME = 'loa';

/** Our own notes beside PostgreSQL's files, so that the two are never parted. */
const NOTES_FILE = 'loa-embedded.json';

const notesSchema = z.object({
  password: z.string().min(16),
  /** The port it had last; kept as long as it is free, so that tools outside can be set to it. */
  port: z.number().int().min(1).max(65_535).nullable(),
  /** Process that started the server last. */
  ownerPid: z.number().int().positive().nullable(),
});
export type ClusterNotes = z.infer<typeof notesSchema>;

export const isCreated = (clusterDir: string): boolean => existsSync(join(clusterDir, NOTES_FILE));

/** The two places where the cluster of a data folder may be: inside it, and where root's database user can get at it. */
const placesOf = (dataDir: string): { inside: string; outside: string } => {
  const key = createHash('sha256').update(resolve(dataDir)).digest('hex').slice(0, 16);
  return { inside: join(resolve(dataDir), 'postgres'), outside: join(RUNTIME_DIR, 'clusters', key) };
};

/** A cluster that exists stays where it is, whatever has become of the permissions. */
export const findCluster = (dataDir: string): string | null => {
  const { inside, outside } = placesOf(dataDir);
  return [inside, outside].find(isCreated) ?? null;
};

/** Where to create one: under `/var/lib/loa` when root's clone is closed to the database's user. */
export const placeCluster = (dataDir: string, runAs: RunAs | null): string => {
  const { inside, outside } = placesOf(dataDir);
  return runAs === null || canEnter(resolve(dataDir), runAs) ? inside : outside;
};

export const readNotes = (clusterDir: string): ClusterNotes =>
  notesSchema.parse(JSON.parse(readFileSync(join(clusterDir, NOTES_FILE), 'utf8')));

export const writeNotes = (clusterDir: string, notes: ClusterNotes, runAs: RunAs | null): void => {
  const unfinished = join(clusterDir, `.${NOTES_FILE}`);
  writeFileSync(unfinished, `${JSON.stringify(notes)}\n`, { mode: 0o600 });
  if (runAs !== null) chownSync(unfinished, runAs.uid, runAs.gid);
  renameSync(unfinished, join(clusterDir, NOTES_FILE));
};

/**
 * Makes an empty cluster, in a folder of another name first: an interrupted attempt leaves nothing that looks whole.
 * Sorting is PostgreSQL's own, not the system's, so an upgrade of the system cannot change the order of an index.
 */
export const createCluster = (clusterDir: string, { initdb }: Binaries, runAs: RunAs | null): void => {
  const unfinished = `${clusterDir}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(dirname(clusterDir), { recursive: true, mode: 0o755 });
  mkdirSync(unfinished, { mode: 0o700 });
  const secretDir = mkdtempSync(join(tmpdir(), 'loa-initdb-'));
  const passwordFile = join(secretDir, 'password');
  const password = randomBytes(24).toString('base64url');
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (runAs !== null) for (const path of [unfinished, secretDir, passwordFile]) chownSync(path, runAs.uid, runAs.gid);
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  // Named although it is what PostgreSQL does by itself from version 18 on: damage is found by them.
  const checks = ['--data-checksums'];
  const access = ['--auth=scram-sha-256', `--username=${DATABASE_NAME}`, `--pwfile=${passwordFile}`];
  const { status, stdout, stderr, error } = spawnSync(
    initdb,
    [`--pgdata=${unfinished}`, ...locale, ...checks, ...access],
    {
      cwd: '/',
      env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
      ...(runAs === null ? {} : { uid: runAs.uid, gid: runAs.gid }),
    },
  );
  rmSync(secretDir, { recursive: true, force: true });
  if (status !== 0) {
    const output = error?.message ?? `${stdout.toString()}${stderr.toString()}`.trim();
    throw new Error(`PostgreSQL could not create its files in ${clusterDir}:\n${output}`);
  }
  writeNotes(unfinished, { password, port: null, ownerPid: null }, runAs);
  renameSync(unfinished, clusterDir);
};
