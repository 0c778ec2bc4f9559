import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
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
const prepare = (...args: string[]) =>
  spawnSync(process.execPath, [SCRIPT, ...args], {
    env: { DATABASE_URL: server.url, HOME: '/nonexistent' },
    encoding: 'utf8',
  });

it('makes the tables, then the demo city where it is asked for, and changes nothing the next time', async () => {
  const first = prepare();
  expect([first.status, first.stderr]).toEqual([0, '']);
  expect(first.stdout).toMatch(/^applied: .*_live_broadcast/);
  const prisma = createPrismaClient(server.url);
  expect(await prisma.zone.count()).toBe(0);
  expect(prepare('--demo-city').stdout).toBe('the tables are up to date\ndemo city: seeded\n');
  const zones = await prisma.zone.count();
  expect(zones).toBeGreaterThan(200);
  expect(prepare('--demo-city').stdout).toBe('the tables are up to date\ndemo city: complete\n');
  expect(await prisma.zone.count()).toBe(zones);
  await prisma.$disconnect();
});

it('fails in words where there is no database', () => {
  const env = { DATABASE_URL: 'postgresql://127.0.0.1:1/none' };
  const failed = spawnSync(process.execPath, [SCRIPT], { env, encoding: 'utf8' });
  expect([failed.status === 0, failed.stderr]).toEqual([false, expect.stringContaining('ECONNREFUSED') as string]);
});
