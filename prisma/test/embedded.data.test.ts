import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPrismaClient } from '../client.ts';
import { type EmbeddedDatabase, startEmbeddedDatabase } from '../embedded.ts';
import { applyMigrations } from '../migrate.ts';

let dataDir: string;
let running: EmbeddedDatabase | undefined;

const start = async (): Promise<EmbeddedDatabase> => (running = await startEmbeddedDatabase({ dataDir }));

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'loa-embedded-'));
  chmodSync(dataDir, 0o755);
});
afterEach(async () => {
  await running?.stop();
  if (running !== undefined) rmSync(running.clusterDir, { recursive: true, force: true });
  running = undefined;
  rmSync(dataDir, { recursive: true, force: true });
});

const writeSetting = async (url: string, key: string): Promise<void> => {
  const prisma = createPrismaClient(url);
  await prisma.setting.create({ data: { key, value: 1 } });
  await prisma.$disconnect();
};

const readSettings = async (url: string): Promise<string[]> => {
  const prisma = createPrismaClient(url);
  const rows = await prisma.setting.findMany({ orderBy: { key: 'asc' } });
  await prisma.$disconnect();
  return rows.map(({ key }) => key);
};

/** Where a table's rows are, within the cluster. */
const fileOf = async (url: string, table: string): Promise<string> => {
  const prisma = createPrismaClient(url);
  const [row] = await prisma.$queryRaw<[{ path: string }]>`select pg_relation_filepath(${table}::regclass) as path`;
  await prisma.$disconnect();
  return row.path;
};

describe('embedded PostgreSQL', () => {
  it('keeps its data and its port from one start to the next', async () => {
    const first = await start();
    expect(await applyMigrations(first.url)).not.toEqual([]);
    await writeSetting(first.url, 'a');
    await first.stop();
    const second = await start();
    expect(second.url).toBe(first.url);
    expect(await applyMigrations(second.url)).toEqual([]);
    expect(await readSettings(second.url)).toEqual(['a']);
  });

  it('recovers acknowledged rows after a kill', async () => {
    const first = await start();
    await applyMigrations(first.url);
    await writeSetting(first.url, 'kept');
    process.kill(first.pid, 'SIGKILL');
    await first.exited;
    const second = await start();
    expect(await readSettings(second.url)).toEqual(['kept']);
  });

  it('F32: does not start on a table whose file is damaged or gone, says which, and has all again when the file is back', async () => {
    const first = await start();
    await applyMigrations(first.url);
    await writeSetting(first.url, 'kept');
    const file = join(first.clusterDir, await fileOf(first.url, 'setting'));
    await first.stop();
    const whole = readFileSync(file);
    const damaged = Buffer.from(whole);
    // In the middle of a row, far from the page's head, which PostgreSQL would notice without checksums too.
    damaged[damaged.length - 20] = (damaged[damaged.length - 20] ?? 0) ^ 0xff;
    writeFileSync(file, damaged);
    await expect(start()).rejects.toThrow(/bị hỏng.*Bảng setting/s);
    writeFileSync(file, whole);
    renameSync(file, `${file}.away`);
    await expect(start()).rejects.toThrow(/is damaged.*Table setting/s);
    renameSync(`${file}.away`, file);
    expect(await readSettings((await start()).url)).toEqual(['kept']);
  });

  it('does not take another program’s process id in a stale pid file for a server', async () => {
    const { clusterDir, stop } = await start();
    await stop();
    writeFileSync(join(clusterDir, 'postmaster.pid'), `${String(process.pid)}\n${clusterDir}\n`);
    await expect(start()).resolves.toMatchObject({ clusterDir });
  });

  it('ends a server whose owner is gone and starts its own', async () => {
    const first = await start();
    const notes = join(first.clusterDir, 'loa-embedded.json');
    const noted = JSON.parse(readFileSync(notes, 'utf8')) as object;
    // Larger than any process id of Linux.
    writeFileSync(notes, JSON.stringify({ ...noted, ownerPid: 2 ** 30 }));
    const second = await start();
    await first.exited;
    expect(second.pid).not.toBe(first.pid);
  });

  it('refuses a folder that a living process uses', async () => {
    const first = await start();
    const notes = join(first.clusterDir, 'loa-embedded.json');
    const noted = JSON.parse(readFileSync(notes, 'utf8')) as object;
    writeFileSync(notes, JSON.stringify({ ...noted, ownerPid: process.ppid }));
    await expect(startEmbeddedDatabase({ dataDir })).rejects.toThrow(`in use by process ${String(process.ppid)}`);
  });

  it('takes another port when its own is taken', async () => {
    const first = await start();
    await first.stop();
    const squatter = createServer().listen(first.port, '127.0.0.1');
    try {
      await expect(start()).resolves.not.toMatchObject({ port: first.port });
    } finally {
      squatter.close();
    }
  });

  it('works from a folder that only its owner may enter', async () => {
    const hidden = join(dataDir, 'private', 'data');
    mkdirSync(hidden, { recursive: true });
    chmodSync(join(dataDir, 'private'), 0o700);
    running = await startEmbeddedDatabase({ dataDir: hidden });
    await applyMigrations(running.url);
    await writeSetting(running.url, 'private');
    expect(await readSettings(running.url)).toEqual(['private']);
    expect(existsSync(join(running.clusterDir, 'PG_VERSION'))).toBe(true);
  });
});
