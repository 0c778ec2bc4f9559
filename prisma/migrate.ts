import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

const HERE = import.meta.dirname;
const MIGRATIONS_DIR = join(HERE, 'migrations');
const UNDEFINED_TABLE = '42P01';
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

const isMissingTable = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === UNDEFINED_TABLE;

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
  const client = new pg.Client({ connectionString: url });
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

/** Brings a database up to this version's schema; does nothing, quickly, when it is there. Returns what was applied. */
export const applyMigrations = async (url: string): Promise<string[]> => {
  const pending = await findPendingMigrations(url);
  if (pending.length > 0) await runPrisma(['migrate', 'deploy'], { DATABASE_URL: url });
  return pending;
};
