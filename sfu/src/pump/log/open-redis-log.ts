import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { INITIAL_STATE } from '@loa/shared/broadcasts/evolve';
import { err, ok, type Result } from '@loa/shared/result';
import { chainEvents } from './chain-events.ts';
import type { FirstOfLog, LogHead } from './event-log.ts';
import { readBetween } from './read-between.ts';
import type { RedisAddress } from './redis-address.ts';
import { listenForBell } from './redis-bell.ts';
import type { RedisConnection, RedisFailure } from './redis-connection.ts';
import { createRedisLog, type RedisLog, type RedisLogLimits } from './redis-log.ts';
import { BELL_CHANNEL, createRedisStore, type RedisStore } from './redis-store.ts';

/** EL40: a log that ends before the database does, or is gone, may be on its way back from another node's memory. */
const BEHIND_PATIENCE_MS = 1_000;
/** EL40: as long where writing it again would end what the database calls unfinished: another node may have it on air, and its way to Redis may take longer to come back. */
const UNFINISHED_PATIENCE_MS = 5_000;
const BEHIND_POLL_MS = 200;

export interface OpenRedisLogOptions {
  readonly connection: RedisConnection;
  readonly address: RedisAddress;
  readonly node: string;
  readonly replicas: number;
  /** Where the database ends. */
  readonly start: LogHead;
  /** Only when there is no log yet. */
  readonly first: FirstOfLog;
  readonly limits: RedisLogLimits;
  readonly logger: Logger;
  /** A monotonic clock, ms. */
  now(): number;
}

type Opened<T> = Promise<Result<T, RedisFailure>>;

const refuse = (detail: string) => err({ detail, refused: true });

/** How long the log has been behind the database for this node, over all its attempts to open it. */
interface Wait {
  sinceMs: number | null;
}

/** Makes sure that there is a log which is not behind the database. */
async function provideLog(store: RedisStore, options: OpenRedisLogOptions, wait: Wait): Opened<null> {
  const { start, first, logger, now } = options;
  const firstEvents = chainEvents(start, first.events, first.at);
  const state = { ...INITIAL_STATE, version: start.version, nextTag: first.nextTag, usedKeys: first.usedKeys };
  const patienceMs = first.events.length > 0 ? UNFINISHED_PATIENCE_MS : BEHIND_PATIENCE_MS;
  const untilMs = now() + BEHIND_PATIENCE_MS;
  for (;;) {
    const looked = await store.look(start.version, 1);
    if (!looked.ok) return looked;
    const { head, events, kept } = looked.value;
    if (!kept) return refuse('too few replicas have the log');
    if (head && head.version >= start.version) {
      const hash = head.version === start.version ? head.hash : events[0]?.prevHash;
      const followed = head.version === start.version || events[0]?.version === start.version + 1;
      if (followed && hash !== start.hash)
        logger.error({ start }, 'the database has events that the log does not have');
      wait.sinceMs = null;
      return ok(null);
    }
    const elsewhere = head !== null || start.version > 0;
    wait.sinceMs ??= now();
    if (elsewhere && now() < wait.sinceMs + patienceMs) {
      if (now() >= untilMs) return refuse('the log ends before the database does; another node may bring it back');
      await delay(BEHIND_POLL_MS);
      continue;
    }
    if (head)
      logger.error({ head, start }, 'the log in Redis is older than the database; beginning after the database');
    const seeded = await store.seed(head, start, state, firstEvents);
    if (!seeded.ok) return seeded;
  }
}

/** An attempt to open the log that the nodes share, or to begin it after what the database has; to be called until it succeeds. */
export function createRedisLogOpening(options: OpenRedisLogOptions): () => Opened<RedisLog> {
  const wait: Wait = { sinceMs: null };
  return () => openRedisLog(options, wait);
}

async function openRedisLog(options: OpenRedisLogOptions, wait: Wait): Opened<RedisLog> {
  const { connection, address, limits, logger, now } = options;
  const store = createRedisStore(options);
  const provided = await provideLog(store, options, wait);
  if (!provided.ok) return provided;
  const stored = await store.readState();
  if (!stored.ok) return stored;
  if (!stored.value) return refuse('the log has no stored state');
  const earlier = await readBetween(store, options.start, stored.value.at);
  if (!earlier.ok) return earlier;
  const log = createRedisLog({
    store,
    opened: stored.value,
    earlier: earlier.value,
    limits,
    logger,
    now,
    onClose: () => bell.close(),
  });
  const bell = listenForBell(address, BELL_CHANNEL, log.ring, logger);
  connection.onUp(log.ring);
  return ok(log);
}
