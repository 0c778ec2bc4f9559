import type { Logger } from 'pino';
import type { KeptQueue } from './last-known/kept-queue.ts';

/** A database that is away is asked again this often. */
const STORE_RETRY_MS = 2_000;
const ITEMS_PER_BATCH = 100;

/** Brings what it is given into the database, in order, whenever it is there. Nobody waits for it. */
export interface RetryingStore<T> {
  add(items: readonly T[]): void;
  readonly waiting: number;
  /** What waits, oldest first. */
  readonly items: readonly T[];
  /** Settles when all is stored, as soon as the database does not take it, or after `waitMs`; answers whether all is stored. */
  settled(waitMs?: number): Promise<boolean>;
  /** One last attempt of at most `timeoutMs`. */
  close(timeoutMs: number): Promise<void>;
}

export interface RetryingStoreOptions<T> {
  /** What it holds, for the log. */
  readonly what: string;
  /** More do not wait; the oldest are given up then. */
  readonly max: number;
  /** Rejects when it has to be tried again; the same item may come again after that. */
  store(batch: readonly T[]): Promise<void>;
  onStored?(batch: readonly T[]): void;
  /** The oldest, which are lost here. */
  onGivenUp?(items: readonly T[]): void;
  /** EL31: what waits is on disk soon, and the next process begins with it. */
  readonly kept?: Pick<KeptQueue<T>, 'read' | 'add' | 'dropOldest'>;
  readonly log: Logger;
}

export function createRetryingStore<T>(options: RetryingStoreOptions<T>): RetryingStore<T> {
  const { what, max, store, kept, log } = options;
  const unstored: T[] = kept?.read() ?? [];
  let running = false;
  let retry: NodeJS.Timeout | undefined;
  let failing = false;
  let closed = false;
  let givenUp = 0;
  const lookers = new Set<(all: boolean) => void>();

  const tell = () => {
    for (const look of [...lookers]) look(unstored.length === 0);
  };

  const run = async () => {
    running = true;
    clearTimeout(retry);
    while (unstored.length > 0 && !closed) {
      const batch = unstored.slice(0, ITEMS_PER_BATCH);
      const givenUpBefore = givenUp;
      try {
        await store(batch);
      } catch (error) {
        failing = true;
        running = false;
        log.error({ err: error, what, unstored: unstored.length }, 'the database does not take it; trying again');
        tell();
        if (!closed) retry = setTimeout(() => void run(), STORE_RETRY_MS);
        return;
      }
      failing = false;
      // While it was stored the oldest may have been given up.
      const stored = Math.max(0, batch.length - (givenUp - givenUpBefore));
      unstored.splice(0, stored);
      kept?.dropOldest(stored);
      options.onStored?.(batch);
    }
    running = false;
    tell();
  };

  /** The next outcome, or what there is after `waitMs`. Who has waited long enough is forgotten: a silent database gives no outcome. */
  const outcome = (waitMs?: number): Promise<boolean> => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const look = (all: boolean) => {
      lookers.delete(look);
      clearTimeout(timer);
      resolve(all);
    };
    const timer = waitMs === undefined ? undefined : setTimeout(() => look(unstored.length === 0), waitMs);
    lookers.add(look);
    return promise;
  };

  // Not before whoever makes it has it in hand.
  if (unstored.length > 0) setImmediate(() => void (running || closed || run()));
  return {
    add(items) {
      unstored.push(...items);
      kept?.add(items);
      const surplus = unstored.length - max;
      if (surplus > 0) {
        options.onGivenUp?.(unstored.splice(0, surplus));
        kept?.dropOldest(surplus);
        givenUp += surplus;
        log.error({ what, surplus }, 'too much waits for the database; the oldest is lost');
      }
      if (!running && !failing && unstored.length > 0) void run();
    },
    get waiting() {
      return unstored.length;
    },
    items: unstored,
    settled(waitMs) {
      if (unstored.length === 0 || failing) return Promise.resolve(unstored.length === 0);
      return outcome(waitMs);
    },
    async close(timeoutMs) {
      clearTimeout(retry);
      if (unstored.length > 0 && !running) void run();
      if (running) await outcome(timeoutMs);
      closed = true;
      clearTimeout(retry);
      tell();
    },
  };
}
