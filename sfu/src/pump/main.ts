import { createLogger } from '../config/create-logger.ts';
import { stopOnSignals } from '../config/stop-on-signals.ts';
import { readPumpConfig } from './config.ts';
import { raisePriority } from './priority.ts';
import { createPump } from './pump.ts';

/** Time for the end markers of what is on air to leave the sockets. */
const CLOSE_TIMEOUT_MS = 3_000;

const config = readPumpConfig(process.env);
const logger = createLogger('pump', config);

// A promise that nobody waited for is a bug, but no reason to take a city off the air.
process.on('unhandledRejection', (error) => logger.error({ err: error }, 'unhandled rejection; going on'));
process.on('uncaughtException', (error) => {
  logger.fatal({ err: error }, 'uncaught error; the supervisor starts the pump again');
  process.exit(1);
});

try {
  raisePriority();
} catch {
  logger.warn('not allowed to raise the priority; a busy machine may be heard (give the service Nice=-15)');
}

const pump = await createPump(config, logger, (error) => {
  logger.fatal({ err: error }, 'the pump cannot go on; the supervisor starts it again');
  process.exit(1);
});

stopOnSignals(() => pump.close(), CLOSE_TIMEOUT_MS, logger);
