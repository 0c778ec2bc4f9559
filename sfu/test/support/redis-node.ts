import { pino } from 'pino';
import type { BroadcastEvent } from '@loa/shared/broadcasts/events';
import type { LogHead } from '../../src/pump/log/event-log.ts';
import { createRedisLogOpening } from '../../src/pump/log/open-redis-log.ts';
import { parseRedisAddress } from '../../src/pump/log/redis-address.ts';
import { createRedisConnection, type RedisConnection } from '../../src/pump/log/redis-connection.ts';
import { REDIS_LOG_LIMITS, type RedisLog, type RedisLogLimits } from '../../src/pump/log/redis-log.ts';
import { waitFor } from './wait-for.ts';

/** The log as one node sees it, over a connection of its own. */
export interface RedisLogClient {
  readonly log: RedisLog;
  readonly connection: RedisConnection;
  close(): Promise<void>;
}

export interface RedisLogClientOptions {
  readonly url: string;
  readonly node: string;
  readonly start?: LogHead;
  readonly firstEvents?: readonly BroadcastEvent[];
  readonly replicas?: number;
  readonly limits?: Partial<RedisLogLimits>;
  /** How long Redis is waited for. */
  readonly openTimeoutMs?: number;
}

/** On a busy machine a deadline of the log may pass again and again before it is met. */
const OPEN_TIMEOUT_MS = 60_000;

/** Opens the log as a pump does, as soon as Redis answers. The caller subscribes and then catches up. */
export async function openLog(options: RedisLogClientOptions): Promise<RedisLogClient> {
  const { url, node, start = { version: 0, hash: '' }, firstEvents = [], replicas = 0, limits } = options;
  const { openTimeoutMs = OPEN_TIMEOUT_MS } = options;
  const logger = pino({ name: node, level: process.env['TEST_LOG_LEVEL'] ?? 'silent' });
  const address = parseRedisAddress(url);
  if (!address) throw new Error(`${url} is no address of Redis`);
  const connection = createRedisConnection(address, logger);
  let log: RedisLog | undefined;
  const open = createRedisLogOpening({
    connection,
    address,
    node,
    replicas,
    start,
    first: { nextTag: 1, usedKeys: new Map(), events: firstEvents, at: 1_700_000_000_000 },
    limits: { ...REDIS_LOG_LIMITS, ...limits },
    logger,
    now: () => performance.now(),
  });
  await waitFor(async () => {
    const opened = await open();
    if (!opened.ok) return opened.error.detail;
    log = opened.value;
    return '';
  }, openTimeoutMs);
  if (!log) throw new Error('not opened');
  const { close } = log;
  return {
    log,
    connection,
    async close() {
      await close();
      connection.close();
    },
  };
}
