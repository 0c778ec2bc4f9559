import type { Logger } from 'pino';
import { ErrorReply } from 'redis';
import { err, ok, type Result } from '@loa/shared/result';
import type { RedisAddress } from './redis-address.ts';
import { keepRedisClient } from './redis-client.ts';
import { within } from './within.ts';

/** A call that has no answer by then is given up, and the connection with it: a late answer is never taken for another's. */
export const CALL_DEADLINE_MS = 600;
/** Shorter than the silence that ends a connection: over one of which nobody wants anything something is asked nevertheless. */
const ASK_EVERY_MS = 400;
/** The server says this when it is not the master any more, or not yet: another one has to be found. */
const WRONG_SERVER = /^(READONLY|LOADING|MASTERDOWN|UNBLOCKED)/;

export type RedisReply = string | number | null | readonly RedisReply[];

/** Redis did not do what was asked, as far as is known. */
export interface RedisFailure {
  readonly detail: string;
  /** The server itself refused: it did nothing. */
  readonly refused: boolean;
}

/** One connection that comes back by itself. Commands go out in order and are answered in order, by one and the same server. */
export interface RedisConnection {
  /** Counts the connections; what was learnt about the server of another one does not hold. */
  readonly epoch: number;
  /** Sends the commands at once; answers with all replies or with the first failure. Never throws. */
  call(commands: readonly (readonly string[])[]): Promise<Result<RedisReply[], RedisFailure>>;
  /** Gives the connection up and looks for the server again. */
  lookAgain(why: string): void;
  onUp(listener: () => void): void;
  close(): void;
}

export function createRedisConnection(address: RedisAddress, logger: Logger): RedisConnection {
  const listeners: Array<() => void> = [];
  let epoch = 0;
  const kept = keepRedisClient({
    address,
    purpose: 'log',
    logger,
    onUp() {
      epoch += 1;
      for (const listener of listeners) listener();
    },
  });

  let calledAt = performance.now();
  const call: RedisConnection['call'] = async (commands) => {
    const client = kept.current;
    if (!client) return err({ detail: kept.why, refused: true });
    calledAt = performance.now();
    try {
      const replies = Promise.all(commands.map((command) => client.sendCommand<RedisReply>([...command])));
      return ok(await within(replies, CALL_DEADLINE_MS));
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      const refused = error instanceof ErrorReply;
      if (!refused || WRONG_SERVER.test(detail)) kept.drop(client, detail);
      return err({ detail, refused });
    }
  };
  const timer = setInterval(() => {
    if (performance.now() - calledAt >= ASK_EVERY_MS / 2) void call([['ECHO', '']]);
  }, ASK_EVERY_MS);

  return {
    get epoch() {
      return epoch;
    },
    call,
    lookAgain(why) {
      if (kept.current) kept.drop(kept.current, why);
    },
    onUp: (listener) => void listeners.push(listener),
    close() {
      clearInterval(timer);
      kept.close();
    },
  };
}
