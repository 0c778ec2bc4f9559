import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Database, openDatabase } from '../start/database.ts';
import { readStartSettings } from '../start/settings.ts';

let dataDir: string;
let database: Database | undefined;

beforeEach(() => (dataDir = mkdtempSync(join(tmpdir(), 'loa-database-'))));
afterEach(async () => {
  await database?.stop();
  for (const folder of [database?.clusterDir, dataDir]) if (folder) rmSync(folder, { recursive: true, force: true });
  database = undefined;
});

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const serverOf = (clusterDir: string): number => {
  try {
    return Number.parseInt(readFileSync(join(clusterDir, 'postmaster.pid'), 'utf8'), 10);
  } catch {
    return Number.NaN;
  }
};

it('ends a database that is just being started again, before it answers', async () => {
  const settings = readStartSettings({ LOA_DATA_DIR: dataDir });
  database = await openDatabase(settings, { logFile: join(dataDir, 'database.log'), report: () => undefined });
  const clusterDir = database.clusterDir ?? '';
  const first = serverOf(clusterDir);
  process.kill(first, 'SIGKILL');
  const revived = await vi.waitFor(
    () => {
      const pid = serverOf(clusterDir);
      expect(pid > 0 && pid !== first && isAlive(pid), 'waiting for the next server').toBe(true);
      return pid;
    },
    { timeout: 30_000, interval: 5 },
  );
  database.kill();
  await vi.waitFor(() => expect(isAlive(revived), 'waiting for its end').toBe(false), { timeout: 10_000 });
}, 120_000);
