import { createPrismaClient } from '@loa/prisma/client';
import { type EmbeddedDatabase, startEmbeddedDatabase } from '@loa/prisma/embedded';
import { applyMigrations } from '@loa/prisma/migrate';
import { type SeedOutcome, seedDemoCity } from '@loa/prisma/seed/seed';
import { restartDelayMs } from './backoff.ts';
import { openLogFile } from './log-file.ts';
import type { StartSettings } from './settings.ts';

export interface Database {
  readonly url: string;
  /** Null when the database is a server of somebody else's. */
  readonly clusterDir: string | null;
  readonly seeded: SeedOutcome;
  stop(): Promise<void>;
  /** Ends an embedded server without ceremony; it recovers at its next start. */
  kill(): void;
}

interface DatabaseParts {
  readonly logFile: string;
  readonly report: (line: string) => void;
}

/** Keeps an embedded server running on the same address: the door connects again by itself. */
const keepRunning = async (dataDir: string, { logFile, report }: DatabaseParts): Promise<Database> => {
  const log = openLogFile(logFile);
  /** The newest server's process, which may not answer yet. */
  let pid: number | undefined;
  const start = (): Promise<EmbeddedDatabase> =>
    startEmbeddedDatabase({ dataDir, onLog: (line) => log.write(line), onSpawned: (spawned) => (pid = spawned) });
  let server = await start();
  const { url, clusterDir } = server;
  let stopping = false;
  let ends = 0;
  /** The start that is under way, if any. */
  let reviving: Promise<void> = Promise.resolve();

  const watch = (): void => {
    void server.exited.then(() => {
      if (!stopping) revive();
    });
  };
  const revive = (): void => {
    ends += 1;
    report(`cơ sở dữ liệu đã dừng, chạy lại · the database ended, starting it again (${logFile})`);
    setTimeout(() => {
      if (stopping) return;
      reviving = start().then(
        (revived) => {
          server = revived;
          if (stopping) return;
          if (server.url !== url) report('the database had to change its port; restart Loa');
          watch();
        },
        (error: unknown) => {
          report(error instanceof Error ? error.message : String(error));
          if (!stopping) revive();
        },
      );
    }, restartDelayMs(ends));
  };
  watch();
  const stop = async (): Promise<void> => {
    stopping = true;
    // One that is just being started would outlive us.
    await reviving;
    await server.stop();
    log.close();
  };
  const kill = (): void => {
    stopping = true;
    if (pid === undefined) return;
    try {
      process.kill(pid, 'SIGQUIT');
    } catch {
      // It is gone already.
    }
  };
  return { url, clusterDir, seeded: 'complete', stop, kill };
};

/** A database with this version's tables and, unless it has zones of its own, the demo city. */
export const openDatabase = async (settings: StartSettings, parts: DatabaseParts): Promise<Database> => {
  const { databaseUrl, dataDir } = settings;
  const database: Database =
    databaseUrl === null
      ? await keepRunning(dataDir, parts)
      : {
          url: databaseUrl,
          clusterDir: null,
          seeded: 'complete',
          stop: () => Promise.resolve(),
          kill: () => undefined,
        };
  try {
    for (const name of await applyMigrations(database.url)) parts.report(`cập nhật bảng dữ liệu · migration ${name}`);
    const prisma = createPrismaClient(database.url);
    const seeded = await seedDemoCity(prisma).finally(() => prisma.$disconnect());
    return { ...database, seeded };
  } catch (error) {
    await database.stop();
    throw error;
  }
};
