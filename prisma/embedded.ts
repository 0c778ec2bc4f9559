import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { provideBinaries } from './embedded/binaries.ts';
import {
  type ClusterNotes,
  DATABASE_NAME,
  createCluster,
  findCluster,
  placeCluster,
  readNotes,
  writeNotes,
} from './embedded/cluster.ts';
import { findServer, isAlive, stopServer } from './embedded/orphan.ts';
import { type Damage, findDamage } from './embedded/page-check.ts';
import { chooseRunAs } from './embedded/run-as.ts';

/** Covers crash recovery of a database that was cut off while busy. */
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;
const POLL_MS = 50;
const LOG_TAIL_LINES = 12;

export interface EmbeddedDatabase {
  /** For `DATABASE_URL`; contains the password. */
  readonly url: string;
  /** Where PostgreSQL's files are; not always inside the data folder. */
  readonly clusterDir: string;
  readonly port: number;
  readonly pid: number;
  /** Settles when the server is gone, asked or not. */
  readonly exited: Promise<void>;
  /** Ends connections and stops in good order; calling it again waits for the same end. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  readonly dataDir: string;
  /** Faster, but a power cut loses data: for throw-away databases in tests. */
  readonly durable?: boolean;
  readonly onLog?: (line: string) => void;
  /** The server's process, long before it answers: whoever has to end everything at once cannot wait for that. */
  readonly onSpawned?: (pid: number) => void;
}

const canListen = (port: number): Promise<number | null> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : null));
    });
  });

const choosePort = async ({ port }: ClusterNotes): Promise<number> => {
  const chosen = (port === null ? null : await canListen(port)) ?? (await canListen(0));
  if (chosen === null) throw new Error('no free port on 127.0.0.1 for the embedded PostgreSQL');
  return chosen;
};

const urlOf = (port: number, password: string, database: string): string =>
  `postgresql://${DATABASE_NAME}:${password}@127.0.0.1:${String(port)}/${database}`;

/** Connects as soon as the server lets us; `gone` says that it never will. */
const waitUntilReady = async (url: string, gone: () => boolean): Promise<pg.Client> => {
  let last = 'no answer';
  for (let waited = 0; waited < READY_TIMEOUT_MS && !gone(); waited += POLL_MS) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      return client;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
      await delay(POLL_MS);
    }
  }
  throw new Error(`the embedded PostgreSQL does not answer: ${last}`);
};

const lookForDamage = async (url: string): Promise<Damage | null> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await findDamage(client);
  } finally {
    await client.end();
  }
};

const toDamageReport = (clusterDir: string, { table, detail }: Damage): string =>
  [
    `Cơ sở dữ liệu trong ${clusterDir} bị hỏng, Loa không chạy với dữ liệu hỏng. Bảng ${table}: ${detail}.`,
    'Hãy chép lại thư mục này từ bản sao lưu (được chép khi Loa đã dừng), hoặc chuyển nó đi nơi khác để bắt đầu với cơ sở dữ liệu trống.',
    `The database in ${clusterDir} is damaged, and Loa does not run on damaged data. Table ${table}: ${detail}.`,
    'Put the folder back from a backup (copied while Loa was stopped), or move it away to begin with an empty database.',
  ].join('\n');

const endServer = async (child: ChildProcess, exited: Promise<void>): Promise<void> => {
  // SIGINT is PostgreSQL's "fast": it ends sessions and closes its files in good order.
  child.kill('SIGINT');
  const inTime = await Promise.race([exited.then(() => true), delay(STOP_TIMEOUT_MS, false, { ref: false })]);
  if (inTime) return;
  child.kill('SIGQUIT');
  await exited;
};

/** Starts the PostgreSQL of a data folder, creating it on first use. Whoever starts it stops it. */
export const startEmbeddedDatabase = async (options: EmbeddedOptions): Promise<EmbeddedDatabase> => {
  const { dataDir, durable = true, onLog, onSpawned } = options;
  mkdirSync(dataDir, { recursive: true });
  const existing = findCluster(dataDir);
  const runAs = chooseRunAs(existing);
  const binaries = provideBinaries(runAs);
  const clusterDir = existing ?? placeCluster(dataDir, runAs);
  if (existing === null) createCluster(clusterDir, binaries, runAs);
  const notes = readNotes(clusterDir);

  const running = findServer(clusterDir);
  if (running !== null) {
    const { ownerPid } = notes;
    if (ownerPid !== null && ownerPid !== process.pid && isAlive(ownerPid)) {
      throw new Error(`${clusterDir} is in use by process ${String(ownerPid)}; stop that one first`);
    }
    await stopServer(clusterDir, running);
  } else {
    // Whatever pid is in it now belongs to another program, which PostgreSQL itself could mistake for a server.
    rmSync(join(clusterDir, 'postmaster.pid'), { force: true });
  }

  const port = await choosePort(notes);
  writeNotes(clusterDir, { ...notes, port, ownerPid: process.pid }, runAs);
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'timezone=UTC', 'log_timezone=UTC'];
  if (!durable) settings.push('fsync=off', 'synchronous_commit=off', 'full_page_writes=off');
  const child = spawn(
    binaries.postgres,
    ['-D', clusterDir, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    {
      cwd: '/',
      // Its own process group: a Ctrl-C in the terminal must not reach it before its clients are done.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
      ...(runAs === null ? {} : { uid: runAs.uid, gid: runAs.gid }),
    },
  );
  if (child.pid !== undefined) onSpawned?.(child.pid);
  const tail: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.split('\n').filter((found) => found !== '')) {
      tail.splice(0, tail.length - LOG_TAIL_LINES + 1);
      tail.push(line);
      onLog?.(line);
    }
  });
  let gone = false;
  const exited = once(child, 'exit').then(
    () => {
      gone = true;
    },
    () => {
      gone = true;
    },
  );

  try {
    const admin = await waitUntilReady(urlOf(port, notes.password, 'postgres'), () => gone);
    const { rowCount } = await admin.query('select 1 from pg_database where datname = $1', [DATABASE_NAME]);
    if (rowCount === 0) await admin.query(`create database ${DATABASE_NAME}`);
    await admin.end();
  } catch (cause) {
    if (!gone) await endServer(child, exited);
    throw new Error(`PostgreSQL in ${clusterDir} did not start. Its last words:\n${tail.join('\n')}`, { cause });
  }
  const damage = await lookForDamage(urlOf(port, notes.password, DATABASE_NAME));
  if (damage !== null) {
    await endServer(child, exited);
    throw new Error(toDamageReport(clusterDir, damage));
  }
  const { pid } = child;
  if (pid === undefined) throw new Error('PostgreSQL answered but has no process id');

  let stopping: Promise<void> | undefined;
  const url = urlOf(port, notes.password, DATABASE_NAME);
  return { url, clusterDir, port, pid, exited, stop: () => (stopping ??= endServer(child, exited)) };
};
