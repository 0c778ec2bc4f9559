import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

const HERE = import.meta.dirname;
const MIGRATIONS_DIR = join(HERE, 'migrations');
const UNDEFINED_TABLE = '42P01';
/** What a script makes is there already, or what it takes away is gone: tables, columns, other objects. */
const ALREADY_DONE: readonly unknown[] = ['42P07', '42701', '42710', UNDEFINED_TABLE, '42703', '42704'];
/** The advisory lock under which Prisma migrates: whoever has it is at work, not interrupted. */
const PRISMA_LOCK = 72_707_369;
/** A database that is silent is one that is away. */
const CONNECT_WAIT_MS = 10_000;
const OUTPUT_TAIL_CHARS = 4_000;

export interface Migration {
  readonly name: string;
  readonly sql: string;
}

/** All migrations of this version of the program, in the order in which they apply. */
export const listMigrations = (): Migration[] =>
  readdirSync(MIGRATIONS_DIR, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ name, sql: readFileSync(join(MIGRATIONS_DIR, name, 'migration.sql'), 'utf8') }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

const isMissingTable = (error: unknown): boolean => codeOf(error) === UNDEFINED_TABLE;

const readApplied = async (client: pg.Client): Promise<Map<string, string>> => {
  try {
    const { rows } = await client.query<{ migration_name: string; checksum: string }>(
      'select migration_name, checksum from _prisma_migrations where finished_at is not null and rolled_back_at is null',
    );
    return new Map(rows.map((row) => [row.migration_name, row.checksum]));
  } catch (error) {
    if (isMissingTable(error)) return new Map();
    throw error;
  }
};

/** Names of the migrations that the database has not got, or got with other contents. One cheap query. */
export const findPendingMigrations = async (url: string): Promise<string[]> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_WAIT_MS });
  await client.connect();
  try {
    const applied = await readApplied(client);
    return listMigrations()
      .filter(({ name, sql }) => applied.get(name) !== createHash('sha256').update(sql).digest('hex'))
      .map(({ name }) => name);
  } finally {
    await client.end();
  }
};

const hasNativeEngine = (): boolean =>
  readdirSync(join(dirname(fileURLToPath(import.meta.resolve('@prisma/engines/package.json'))))).some((file) =>
    file.startsWith('schema-engine-'),
  );

/** Settings for Prisma's command line: its own engine where npm could download it, else the stand-in. */
export const prismaEnvironment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  // The stand-in's first line looks for `node`, which must be the one that runs us.
  PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
  CHECKPOINT_DISABLE: '1',
  ...(hasNativeEngine() ? {} : { PRISMA_SCHEMA_ENGINE_BINARY: join(HERE, 'schema-engine', 'main.ts') }),
});

/** Runs Prisma's command line in this workspace; resolves with what it printed, rejects with that when it fails. */
export const runPrisma = async (parameters: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> => {
  const program = join(dirname(fileURLToPath(import.meta.resolve('prisma/package.json'))), 'build', 'index.js');
  const child = spawn(process.execPath, [program, ...parameters], {
    cwd: HERE,
    env: { ...prismaEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code === 0) return output;
  throw new Error(`prisma ${parameters.join(' ')} failed:\n${output.slice(-OUTPUT_TAIL_CHARS)}`);
};

const readInterrupted = async (client: pg.Client): Promise<string[]> => {
  try {
    const { rows } = await client.query<{ migration_name: string }>(
      // One that has failed says why in its logs, and is a person's matter.
      "select migration_name from _prisma_migrations where finished_at is null and rolled_back_at is null and coalesce(logs, '') = ''",
    );
    return rows.map(({ migration_name: name }) => name);
  } catch (error) {
    if (isMissingTable(error)) return [];
    throw error;
  }
};

/** A script is one transaction, so it is there as a whole or not at all: whether it could be carried out now tells which. */
const isCarriedOut = async (client: pg.Client, sql: string): Promise<boolean> => {
  await client.query('begin');
  try {
    await client.query(sql);
    return false;
  } catch (error) {
    if (ALREADY_DONE.includes(codeOf(error))) return true;
    throw error;
  } finally {
    await client.query('rollback');
  }
};

/** Migrations that were begun and of which nobody knows what became, because whoever carried them out was killed, are settled. */
const settleInterrupted = async (url: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const outcomes: Array<readonly [name: string, outcome: string]> = [];
  try {
    await client.query('select pg_advisory_lock($1)', [PRISMA_LOCK]);
    const ours = new Map(listMigrations().map(({ name, sql }) => [name, sql]));
    for (const name of await readInterrupted(client)) {
      const sql = ours.get(name);
      // Of a version that this one does not know: Prisma refuses in words.
      if (sql !== undefined) outcomes.push([name, (await isCarriedOut(client, sql)) ? '--applied' : '--rolled-back']);
    }
  } finally {
    await client.end();
  }
  for (const [name, outcome] of outcomes) await runPrisma(['migrate', 'resolve', outcome, name], { DATABASE_URL: url });
};

/** Brings a database up to this version's schema; does nothing, quickly, when it is there. Returns what was applied. */
export const applyMigrations = async (url: string): Promise<string[]> => {
  const pending = await findPendingMigrations(url);
  if (pending.length > 0) {
    await settleInterrupted(url);
    await runPrisma(['migrate', 'deploy'], { DATABASE_URL: url });
  }
  return pending;
};
