import { resolve } from 'node:path';
import { announceReady } from './announce.ts';
import { readStartSettings } from './settings.ts';
import { System } from './system.ts';

/** npm and the terminal may both pass on one Ctrl-C; signals closer together than this are one wish. */
const SAME_SIGNAL_MS = 1_000;

// A terminal that was closed takes no words; that must not keep the system from ending in good order.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

const report = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const fail = (error: unknown): void => {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
};

const run = async (): Promise<void> => {
  const settings = readStartSettings(process.env);
  const system = new System({ root: resolve(import.meta.dirname, '..', '..'), settings, report });
  let firstSignalAt: number | undefined;
  let finished = false;

  const end = async (): Promise<void> => {
    await system.stop();
    finished = true;
    // The channel to the parent would keep us alive.
    if (process.connected) process.disconnect();
  };
  const onSignal = (): void => {
    const now = performance.now();
    if (firstSignalAt === undefined) {
      firstSignalAt = now;
      report('\nĐang dừng… (Ctrl-C lần nữa để dừng ngay) · stopping… (Ctrl-C again to end at once)');
      end().then(() => report('Đã dừng · stopped'), fail);
    } else if (now - firstSignalAt > SAME_SIGNAL_MS) {
      system.kill();
      process.exit(1);
    }
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  process.on('disconnect', () => {
    if (!finished && firstSignalAt === undefined) onSignal();
  });
  process.on('exit', () => {
    if (!finished) system.kill();
  });

  try {
    await system.start();
    if (firstSignalAt !== undefined) return;
    const startedAt = Number(process.env['LOA_STARTED_AT'] ?? Date.now());
    const seconds = (Date.now() - startedAt) / 1_000;
    const { withReceivers, clusterDir } = system;
    report(announceReady({ settings, withReceivers, clusterDir, seconds }));
  } catch (error) {
    if (firstSignalAt === undefined) fail(error);
    await end();
  }
};

run().catch(fail);
