import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createPrismaClient } from '../client.ts';
import { type EmbeddedDatabase, startEmbeddedDatabase } from '../embedded.ts';

const SCRIPT = join(import.meta.dirname, '..', 'prepare-database.ts');

let dataDir: string;
let server: EmbeddedDatabase;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'loa-prepare-'));
  // Under root the server runs as another user, who must get in.
  chmodSync(dataDir, 0o755);
  server = await startEmbeddedDatabase({ dataDir, durable: false });
});
afterAll(async () => {
  await server.stop();
  // Under root the files may be outside the folder.
  for (const path of [server.clusterDir, dataDir]) rmSync(path, { recursive: true, force: true });
});

/** As a container or a service runs it: no home folder, no other settings. */
const prepare = (args: readonly string[] = [], url = server.url) =>
  spawnSync(process.execPath, [SCRIPT, ...args], {
    env: { DATABASE_URL: url, HOME: '/nonexistent' },
    encoding: 'utf8',
  });

it('makes the tables, then the demo city where it is asked for, and changes nothing the next time', async () => {
  const first = prepare();
  expect([first.status, first.stderr]).toEqual([0, '']);
  expect(first.stdout).toMatch(/^applied: .*_live_broadcast/);
  const prisma = createPrismaClient(server.url);
  expect(await prisma.zone.count()).toBe(0);
  expect(prepare(['--demo-city']).stdout).toBe('the tables are up to date\ndemo city: seeded\n');
  const zones = await prisma.zone.count();
  expect(zones).toBeGreaterThan(200);
  expect(prepare(['--demo-city']).stdout).toBe('the tables are up to date\ndemo city: complete\n');
  expect(await prisma.zone.count()).toBe(zones);
  await prisma.$disconnect();
});

it('EL30: a database that cannot be reached is a failure unless it is said to be none', () => {
  const away = 'postgresql://loa@127.0.0.1:1/loa';
  expect(prepare([], away).status).not.toBe(0);
  const excused = prepare(['--unless-away'], away);
  expect([excused.status, excused.stdout]).toEqual([0, expect.stringContaining('cannot be reached')]);
  expect(prepare(['--unless-away']).stdout).toBe('the tables are up to date\n');
});

describe('a migration whose program was killed', () => {
  /** Another database of the same server. */
  const databaseOf = (name: string) => Object.assign(new URL(server.url), { pathname: `/${name}` }).href;
  const connect = async (url: string) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return client;
  };

  it.each([
    ['and whose session ended with it', 'ended', true],
    ['and that was carried out all the same', 'finished', false],
  ])('%s is settled at the next start, and nothing is missing', async (_, name, endsSession) => {
    const admin = await connect(server.url);
    await admin.query(`create database ${name}`);
    const url = databaseOf(name);
    const blocker = await connect(url);
    // The first table of the first migration cannot be made while this is not decided.
    await blocker.query('begin');
    await blocker.query('create table zone (blocks integer)');
    const child = spawn(process.execPath, [SCRIPT], {
      env: { DATABASE_URL: url, HOME: '/nonexistent' },
      stdio: 'ignore',
      detached: true,
    });
    const waiting = async () => {
      const { rows } = await admin.query<{ pid: number }>(
        "select pid from pg_stat_activity where datname = $1 and wait_event_type = 'Lock'",
        [name],
      );
      return rows.map(({ pid }) => pid);
    };
    await vi.waitFor(async () => expect(await waiting()).toHaveLength(1), { timeout: 30_000, interval: 50 });
    process.kill(-(child.pid ?? 0), 'SIGKILL');
    if (endsSession) for (const pid of await waiting()) await admin.query('select pg_terminate_backend($1)', [pid]);
    await blocker.query('rollback');
    const made = async () => (await blocker.query("select to_regclass('zone') as zone")).rows[0] as { zone: unknown };
    await vi.waitFor(async () => expect((await made()).zone === null).toBe(endsSession), { timeout: 10_000 });
    await blocker.end();
    await admin.end();

    const next = prepare([], url);
    expect([next.status, next.stderr]).toEqual([0, '']);
    expect(prepare([], url).stdout).toBe('the tables are up to date\n');
  });
});

it('fails in words where there is no database', () => {
  const env = { DATABASE_URL: 'postgresql://127.0.0.1:1/none' };
  const failed = spawnSync(process.execPath, [SCRIPT], { env, encoding: 'utf8' });
  expect([failed.status === 0, failed.stderr]).toEqual([false, expect.stringContaining('ECONNREFUSED') as string]);
});
