import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { INITIAL_STATE } from '@loa/shared/broadcasts/evolve';
import type { EventLog, FirstOfLog, LogHead } from './event-log.ts';
import { createLateLog } from './late-log.ts';
import { createMemoryLog } from './memory-log.ts';
import { createRedisLogOpening } from './open-redis-log.ts';
import type { RedisAddress } from './redis-address.ts';
import { createRedisConnection } from './redis-connection.ts';
import { REDIS_LOG_LIMITS } from './redis-log.ts';

/** LA10: a node that begins waits so long for the log, in ms; both may be started together. */
const OPEN_PATIENCE_MS = 2_000;
const OPEN_AGAIN_MS = 100;

/** Which Redis keeps the log, and how many of its replicas must have an event before it counts. */
export interface RedisConfig {
  readonly address: RedisAddress;
  readonly replicas: number;
}

/** Where the pump's log comes from. */
export interface LogSource {
  /** A log that goes on after `start`, the end of the database. LA10: where Redis is away, one that is away until Redis is there. */
  open(start: LogHead, first: FirstOfLog): Promise<EventLog>;
  close(): Promise<void>;
}

/** Without Redis the log is in memory, and `first.events` are the caller's to append. */
export function createLogSource(redis: RedisConfig | null, node: string, logger: Logger): LogSource {
  if (!redis) {
    const onOverflow = (lost: number) => logger.error({ lost }, 'no door stores the log; events are lost');
    return { open: (start) => Promise.resolve(createMemoryLog(start, onOverflow)), close: () => Promise.resolve() };
  }
  const connection = createRedisConnection(redis.address, logger);
  const given: EventLog[] = [];
  const give = (log: EventLog): EventLog => {
    given.push(log);
    return log;
  };
  return {
    async open(start, first) {
      const now = () => performance.now();
      const limits = REDIS_LOG_LIMITS;
      const open = createRedisLogOpening({ ...redis, connection, node, start, first, limits, logger, now });
      const patience = now() + OPEN_PATIENCE_MS;
      for (;;) {
        const opened = await open();
        if (opened.ok) return give(opened.value);
        if (now() < patience) {
          await delay(OPEN_AGAIN_MS);
          continue;
        }
        const { nextTag, usedKeys } = first;
        const state = { ...INITIAL_STATE, version: start.version, nextTag, usedKeys };
        return give(createLateLog({ start, state, why: opened.error.detail, open, logger }));
      }
    },
    async close() {
      await Promise.all(given.map((log) => log.close()));
      connection.close();
    },
  };
}
