import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runPrisma } from '../migrate.ts';
import { type TemporaryDatabase, createTemporaryDatabase } from '../testing/temporary-database.ts';

const ENGINE = join(import.meta.dirname, '..', 'schema-engine', 'main.ts');

let database: TemporaryDatabase;
/** A second, empty database on the same server. */
let emptyUrl: string;

const prisma = (url: string, ...parameters: string[]): Promise<string> =>
  runPrisma(parameters, { DATABASE_URL: url, PRISMA_SCHEMA_ENGINE_BINARY: ENGINE });

const query = async (url: string, sql: string): Promise<unknown[]> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql);
    return rows;
  } finally {
    await client.end();
  }
};

beforeAll(async () => {
  database = await createTemporaryDatabase();
  const other = new URL(database.url);
  other.pathname = '/fresh';
  emptyUrl = other.href;
});
afterAll(async () => {
  await database.close();
});

describe('stand-in schema engine under Prisma’s own command line', () => {
  it('creates a database that is missing and deploys every migration into it', async () => {
    expect(await prisma(emptyUrl, 'migrate', 'deploy')).toContain('All migrations have been successfully applied');
    expect(await prisma(emptyUrl, 'migrate', 'status')).toContain('Database schema is up to date');
    const rows = await query(emptyUrl, "select conname from pg_constraint where conname = 'broadcast_level_range'");
    expect(rows).toHaveLength(1);
  });

  it('finds no difference between the migrations and the schema', async () => {
    const output = await prisma(
      emptyUrl,
      ...['migrate', 'diff', '--from-migrations', 'migrations', '--to-schema', 'schema.prisma', '--exit-code'],
    );
    expect(output).toContain('No difference detected');
  });

  it('describes a real database, whose catalogue has one-byte columns', async () => {
    const output = await prisma(
      database.url,
      ...['migrate', 'diff', '--from-config-datasource', '--to-schema', 'schema.prisma', '--exit-code'],
    );
    expect(output).toContain('No difference detected');
  });

  it('finds a difference when there is one', async () => {
    await query(database.url, 'alter table setting add column extra integer');
    const found = prisma(
      database.url,
      'migrate',
      'diff',
      '--from-config-datasource',
      '--to-schema',
      'schema.prisma',
      '--script',
    );
    await expect(found).resolves.toContain('DROP COLUMN "extra"');
    await query(database.url, 'alter table setting drop column extra');
  });

  it('runs a migration whose function body has semicolons, and says which migration failed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'loa-migrations-'));
    const config = join(folder, 'prisma.config.ts');
    const writeMigration = (name: string, sql: string): void => {
      mkdirSync(join(folder, 'migrations', name), { recursive: true });
      writeFileSync(join(folder, 'migrations', name, 'migration.sql'), sql);
    };
    const other = new URL(database.url);
    other.pathname = '/functions';
    const settings = { migrations: { path: join(folder, 'migrations') }, datasource: { url: other.href } };
    const schema = join(import.meta.dirname, '..', 'schema.prisma');
    writeFileSync(config, `export default ${JSON.stringify({ schema, ...settings })};`);
    writeMigration(
      '1_function',
      'create function f() returns int language plpgsql as $$ begin perform 1; return 7; end $$;',
    );
    await prisma(other.href, 'migrate', 'deploy', '--config', config);
    expect(await query(other.href, 'select f() as seven')).toEqual([{ seven: 7 }]);
    writeMigration('2_broken', 'create table no_such_type (a gibberish);');
    const broken = prisma(other.href, 'migrate', 'deploy', '--config', config);
    await expect(broken).rejects.toThrow(/2_broken[\s\S]*gibberish/);
    rmSync(folder, { recursive: true });
  });

  it('says P1000 for a wrong password and P1001 for a server that is not there', async () => {
    const wrong = new URL(database.url);
    wrong.password = 'guess';
    await expect(prisma(wrong.href, 'migrate', 'deploy')).rejects.toThrow('P1000');
    wrong.port = '1';
    await expect(prisma(wrong.href, 'migrate', 'deploy')).rejects.toThrow('P1001');
  });
});
