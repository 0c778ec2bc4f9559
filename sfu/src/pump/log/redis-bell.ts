import type { Logger } from 'pino';
import { ErrorReply } from 'redis';
import type { RedisAddress } from './redis-address.ts';
import { keepRedisClient } from './redis-client.ts';
import { within } from './within.ts';

/** Shorter than the silence that ends a connection. */
const PING_EVERY_MS = 400;
const PING_DEADLINE_MS = 600;

/**
 * Rings when somebody appends, so that nobody has to ask all the time. Only a hint: it carries nothing, may come from a server that
 * is not the master any more, and may stay away; then the log is looked at a little later.
 */
export function listenForBell(
  address: RedisAddress,
  channel: string,
  onRing: () => void,
  logger: Logger,
): { close(): void } {
  const kept = keepRedisClient({
    address,
    purpose: 'bell',
    logger,
    onUp(client) {
      within(
        client.subscribe(channel, () => onRing()),
        PING_DEADLINE_MS,
      ).catch((error: unknown) => kept.drop(client, String(error)));
    },
  });
  const timer = setInterval(() => {
    const client = kept.current;
    if (!client) return;
    within(client.ping(), PING_DEADLINE_MS).catch((error: unknown) => {
      // A refusal is an answer: so does a server with a full disk.
      if (!(error instanceof ErrorReply)) kept.drop(client, String(error));
    });
  }, PING_EVERY_MS);
  return {
    close() {
      clearInterval(timer);
      kept.close();
    },
  };
}
