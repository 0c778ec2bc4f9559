import type { Logger } from 'pino';
import type { ReceiverConfig } from '../config.ts';
import { createFleet } from './create-fleet.ts';

/** `--fleet N` on the command line: N light receivers in the zone of the settings. */
export function runFleet(config: ReceiverConfig, count: number, log: Logger): { close(): Promise<void> } {
  const startedAt = performance.now();
  const fleet = createFleet({
    doorUrl: config.doorUrl,
    token: config.token,
    zones: [config.zone],
    count,
    prefix: config.id,
    secondPaths: config.secondPath,
    log: log.child({}, { level: log.level === 'info' ? 'warn' : log.level }),
  });
  log.info({ count, zone: config.zone, door: config.doorUrl }, 'fleet started');
  void fleet.ready().then(() => log.info({ count, ms: Math.round(performance.now() - startedAt) }, 'fleet is up'));
  return {
    async close() {
      await fleet.close();
      log.info('fleet stopped');
    },
  };
}
