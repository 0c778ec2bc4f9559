import type { Logger } from 'pino';
import { ok, type Result } from '@loa/shared/result';
import type { EventLog, FirstOfLog, LogHead } from './event-log.ts';
import { createMemoryLog } from './memory-log.ts';
import { openRedisLog } from './open-redis-log.ts';
import type { RedisAddress } from './redis-address.ts';
import { createRedisConnection } from './redis-connection.ts';
import { REDIS_LOG_LIMITS } from './redis-log.ts';

/** Which Redis keeps the log, and how many of its replicas must have an event before it counts. */
export interface RedisConfig {
  readonly address: RedisAddress;
  readonly replicas: number;
}

/** Where the pump's log comes from. */
export interface LogSource {
  /** A log that goes on after `start`, the end of the database; or why there is none at present. */
  open(start: LogHead, first: FirstOfLog): Promise<Result<EventLog, { readonly detail: string }>>;
  close(): Promise<void>;
}

/** Without Redis the log is in memory, and `first.events` are the caller's to append. */
export function createLogSource(redis: RedisConfig | null, node: string, logger: Logger): LogSource {
  if (!redis) {
    const onOverflow = (lost: number) => logger.error({ lost }, 'no door stores the log; events are lost');
    return { open: (start) => Promise.resolve(ok(createMemoryLog(start, onOverflow))), close: () => Promise.resolve() };
  }
  const connection = createRedisConnection(redis.address, logger);
  let opened: EventLog | null = null;
  return {
    async open(start, first) {
      const limits = REDIS_LOG_LIMITS;
      const log = await openRedisLog({
        ...redis,
        connection,
        node,
        start,
        first,
        limits,
        logger,
        now: () => performance.now(),
      });
      if (log.ok) opened = log.value;
      return log;
    },
    async close() {
      await opened?.close();
      connection.close();
    },
  };
}
