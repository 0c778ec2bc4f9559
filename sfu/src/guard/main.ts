// Runs the pump where nobody else sees that it hangs: as the main process of a container or of a systemd service, which start it again.
import { z } from 'zod';
import { createLogger } from '../config/create-logger.ts';
import { logLevelSetting, optionalText, readSettings, textSetting } from '../config/read-settings.ts';
import { linkPathOf } from '../link/link-path.ts';
import { guardPump } from './guard-pump.ts';
import { createSystemdNotifier } from './systemd-notifier.ts';

const settings = readSettings(
  z.object({
    LOA_DATA_DIR: textSetting('data'),
    SFU_LINK_PATH: optionalText,
    SFU_NODE_ID: optionalText,
    LOG_LEVEL: logLevelSetting,
  }),
  process.env,
);
const log = createLogger('guard', { logLevel: settings.LOG_LEVEL, nodeName: settings.SFU_NODE_ID });
/** What systemd gives to this process and not to the pump. */
const OWN = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID'];
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OWN.includes(name)));
const notifier = createSystemdNotifier(process.env, log);

const pump = guardPump({
  linkPath: linkPathOf(settings.LOA_DATA_DIR, settings.SFU_LINK_PATH),
  environment,
  log,
  onAnswer: () => notifier.alive(),
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => pump.signal(signal));
process.exit(await pump.ended);
