import { pino } from 'pino';
import { readDoorConfig } from './config.ts';
import { createDoor } from './door.ts';

const CLOSE_TIMEOUT_MS = 8_000;

const config = readDoorConfig(process.env);
const logger = pino({ name: 'door', level: config.logLevel });

// A bug in one request must not end the process unseen; the supervisor starts it again, sound goes on meanwhile.
process.on('uncaughtException', (error) => {
  logger.fatal({ err: error }, 'uncaught error; the supervisor starts the door again');
  process.exit(1);
});

const door = await createDoor(config, logger);

let stopping = false;
const stop = (signal: string) => {
  if (stopping) process.exit(1);
  stopping = true;
  logger.info({ signal }, 'door stopping');
  setTimeout(() => process.exit(1), CLOSE_TIMEOUT_MS).unref();
  door.close().then(
    () => process.exit(0),
    (error: unknown) => {
      logger.error({ err: error }, 'closing failed');
      process.exit(1);
    },
  );
};
process.on('SIGTERM', () => stop('SIGTERM'));
process.on('SIGINT', () => stop('SIGINT'));
