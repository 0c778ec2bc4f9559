import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type PrismaClient, createPrismaClient } from '../client.ts';
import { startEmbeddedDatabase } from '../embedded.ts';
import { listMigrations } from '../migrate.ts';

export interface TemporaryDatabase {
  readonly url: string;
  /** Where PostgreSQL's files are. */
  readonly clusterDir: string;
  readonly prisma: PrismaClient;
  /** Stops the server as if it had gone away, and starts it again at the same address. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** From now on it says nothing and ends nothing: SIGSTOP, for the server and all of its sessions. */
  pause(): void;
  resume(): void;
  /** Disconnects, stops the server and deletes its files. */
  close(): Promise<void>;
}

const applyDirectly = async (url: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const { sql } of listMigrations()) await client.query(sql);
  await client.end();
};

/** Sessions are process groups of their own, so they cannot be signalled with the server. */
const childrenOf = (pid: number): number[] =>
  execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([child, parent]) => (child !== undefined && parent === pid ? child : []));

/** Under root the server runs as another user, who must get in. */
export const createDataDir = (): string => {
  const dataDir = mkdtempSync(join(tmpdir(), 'loa-database-'));
  chmodSync(dataDir, 0o755);
  return dataDir;
};

/** Starts the database of a data folder, creating an empty one on first use. */
export const openDatabase = async (dataDir: string): Promise<TemporaryDatabase> => {
  let server = await startEmbeddedDatabase({ dataDir, durable: false });
  const { url, clusterDir } = server;
  const prisma = createPrismaClient(url);
  const close = async (): Promise<void> => {
    await prisma.$disconnect();
    await server.stop();
    // Under root the files may be outside the folder; see `placeCluster`.
    for (const path of [clusterDir, dataDir]) rmSync(path, { recursive: true, force: true });
  };
  const stop = (): Promise<void> => server.stop();
  const start = async (): Promise<void> => {
    server = await startEmbeddedDatabase({ dataDir, durable: false });
    if (server.url !== url) throw new Error('somebody else has taken the port of the temporary database');
  };
  const signal = (name: 'SIGSTOP' | 'SIGCONT') => {
    // The server first: it makes no further sessions then.
    for (const pid of [server.pid, ...childrenOf(server.pid)]) process.kill(pid, name);
  };
  const [pause, resume] = [() => signal('SIGSTOP'), () => signal('SIGCONT')];
  return { url, clusterDir, prisma, stop, start, close, pause, resume };
};

/** A real PostgreSQL with this version's schema and no rows, for one test file. Ready in about two seconds. */
export const createTemporaryDatabase = async (): Promise<TemporaryDatabase> => {
  const database = await openDatabase(createDataDir());
  await applyDirectly(database.url);
  return database;
};
