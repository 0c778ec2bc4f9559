import pino from 'pino';
import { readReceiverConfig, type ReceiverConfig } from './config.ts';
import { runFleet } from './fleet/run-fleet.ts';
import { startReceiver } from './receiver.ts';

/** Ending in order takes at most this long, in ms; then the process ends as it is. */
const STOP_TIMEOUT_MS = 8_000;

/** Process life only: settings, signals, exit code. */
async function main(): Promise<void> {
  let config: ReceiverConfig;
  try {
    config = readReceiverConfig(process.env, process.argv.slice(2));
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 2;
    return;
  }
  const log = pino({ level: config.logLevel, base: { receiver: config.id } });
  const running = config.fleet === null ? await startReceiver(config, log) : runFleet(config, config.fleet, log);
  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref();
    running.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'could not stop in order');
        process.exit(1);
      },
    );
  };
  // A promise that nobody waited for must not silence a loudspeaker.
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'unhandled rejection'));
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

await main();
