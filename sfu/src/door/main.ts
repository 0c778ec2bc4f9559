import { createLogger } from '../config/create-logger.ts';
import { stopOnSignals } from '../config/stop-on-signals.ts';
import { readDoorConfig } from './config.ts';
import { createDoor } from './door.ts';

const CLOSE_TIMEOUT_MS = 8_000;

const config = readDoorConfig(process.env);
const logger = createLogger('door', config);

// A bug in one request must not end the process unseen; the supervisor starts it again, sound goes on meanwhile.
process.on('uncaughtException', (error) => {
  logger.fatal({ err: error }, 'uncaught error; the supervisor starts the door again');
  process.exit(1);
});

const door = await createDoor(config, logger);

stopOnSignals(() => door.close(), CLOSE_TIMEOUT_MS, logger);
