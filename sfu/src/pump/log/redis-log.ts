import pLimit from 'p-limit';
import type { Logger } from 'pino';
import type { LoggedEvent } from '@loa/shared/broadcasts/events';
import type { LiveState } from '@loa/shared/broadcasts/state';
import { err, ok, type Result } from '@loa/shared/result';
import { chainEvents } from './chain-events.ts';
import type { AppendRefusal, EventLog, Fence, LogHead } from './event-log.ts';
import { away, createLogFollower, UNCONFIRMED } from './log-follower.ts';
import { createOwnChain } from './own-chain.ts';
import type { RedisStore } from './redis-store.ts';

/** How much the log keeps and how often it cleans up. */
export interface RedisLogLimits {
  /** EL4: the newest events that are never trimmed. */
  readonly keptEvents: number;
  /** EL3: a state is stored after so many events; half of that later by any node, should the one that wrote them be gone. */
  readonly eventsPerState: number;
  /** EL4: so many events are trimmed at once. */
  readonly eventsPerTrim: number;
}

export const REDIS_LOG_LIMITS: RedisLogLimits = Object.freeze({
  keptEvents: 1_000,
  eventsPerState: 200,
  eventsPerTrim: 200,
});

/** The log is looked at this often even when nobody rings. */
const LOOK_EVERY_MS = 400;
const UNREADABLE = 'the log is not readable';

export interface RedisLogOptions {
  readonly store: RedisStore;
  /** Where this node begins: a stored state and the place that it is of. */
  readonly opened: { readonly at: LogHead; readonly state: LiveState };
  /** Events before that place which a door may still ask for. */
  readonly earlier: readonly LoggedEvent[];
  readonly limits: RedisLogLimits;
  readonly logger: Logger;
  now(): number;
  onClose(): void;
}

/** The log that several nodes share. `ring` makes it look at once. */
export interface RedisLog extends EventLog {
  ring(): void;
}

export function createRedisLog({ store, opened, earlier, limits, logger, now, onClose }: RedisLogOptions): RedisLog {
  /** One conversation with Redis at a time: what is decided next depends on what was answered before. */
  const inTurn = pLimit(1);
  const chain = createOwnChain({ head: opened.at, earlier, keep: limits.keptEvents, logger });
  let readState: () => LiveState = () => opened.state;
  let lastStateVersion = opened.at.version;
  let lastTrimVersion = 0;
  let looking = false;
  let closed = false;
  const { advance, noteUnkept } = createLogFollower({
    store,
    chain,
    keptEvents: limits.keptEvents,
    logger,
    now,
    readState: () => readState(),
    onReplaced: (version) => (lastStateVersion = version),
    isClosed: () => closed,
  });

  const storeState = async (after: number) => {
    const { head } = chain;
    if (head.version - lastStateVersion < after) return;
    const state = readState();
    if (state.version !== head.version) return;
    const stored = await store.storeState(head, state);
    if (stored.ok && stored.value !== 'conflict') lastStateVersion = Number(stored.value);
  };

  const look = () => {
    if (looking || closed) return;
    looking = true;
    inTurn(async () => {
      looking = false;
      if (closed) return;
      const advanced = await advance();
      if (advanced.ok) await storeState(limits.eventsPerState * 1.5);
    }).catch((error: unknown) => {
      if (chain.trouble !== UNREADABLE) logger.error({ err: error }, 'what is in the log is no log');
      chain.setTrouble(UNREADABLE);
    });
  };
  const timer = setInterval(look, LOOK_EVERY_MS);

  const append = async (
    logged: readonly LoggedEvent[],
    fence: Fence | undefined,
    isSecondTry = false,
  ): Promise<Result<null, AppendRefusal>> => {
    if (chain.trouble !== null) return away(chain.trouble);
    const before = chain.head;
    const result = await store.append(before, logged, fence);
    if (!result.ok) {
      chain.setTrouble(result.error.detail);
      return away(result.error.detail);
    }
    const { outcome, kept } = result.value;
    if (outcome === 'fenced') return err({ code: 'fenced' });
    if (outcome === 'late') {
      chain.setTrouble('the log answered too late');
      return away('the log answered too late');
    }
    if (outcome !== 'ok') {
      const advanced = await advance();
      if (!advanced.ok) return advanced;
      if (chain.head !== before) return err({ code: 'conflict', version: chain.head.version });
      // The log was gone or old, and is what this node knows again.
      return isSecondTry ? away('the log does not agree with this node') : append(logged, fence, true);
    }
    if (!kept) {
      noteUnkept();
      return away(UNCONFIRMED);
    }
    chain.take(logged);
    return ok(null);
  };

  return {
    get head() {
      return chain.head;
    },
    get reachable() {
      return chain.trouble === null;
    },
    get localAfter() {
      return chain.localAfter;
    },
    opened: opened.state,
    append: (expectedVersion, events, at, { fence, local = false } = {}) =>
      inTurn(async (): Promise<Result<LoggedEvent[], AppendRefusal>> => {
        const { head } = chain;
        // The log may have come back while this waited for its turn: then it is decided under it.
        if (expectedVersion !== head.version || (local && chain.trouble === null))
          return err({ code: 'conflict', version: head.version });
        if (events.length === 0) return ok([]);
        const logged = chainEvents(head, events, at);
        if (local) {
          chain.extend(logged);
          return ok(logged);
        }
        const appended = await append(logged, fence);
        if (!appended.ok) return appended;
        if (chain.head.version - lastStateVersion >= limits.eventsPerState)
          void inTurn(() => storeState(limits.eventsPerState));
        return ok(logged);
      }),
    readAfter: (version, limit) => Promise.resolve(chain.retained.after(version, limit)),
    isOn: (place) => chain.retained.leadsOn(place, chain.head),
    forgetUpTo(version) {
      const stored = chain.retained.get(version);
      // LA3: what only this node has is given to the log first.
      chain.retained.forgetUpTo(Math.min(version, chain.localAfter ?? version));
      if (!stored || version - lastTrimVersion < limits.eventsPerTrim || chain.trouble !== null) return;
      lastTrimVersion = version;
      void inTurn(() => store.trim({ version, hash: stored.hash }, limits.keptEvents));
    },
    subscribe: (listener) => chain.subscribe(listener),
    onReplaced: (listener) => chain.onReplaced(listener),
    onStanding: (listener) => chain.onStanding(listener),
    storeStatesOf: (read) => void (readState = read),
    catchUp: () => inTurn(advance).then(() => undefined),
    ring: look,
    close() {
      closed = true;
      clearInterval(timer);
      onClose();
      return inTurn(() => undefined);
    },
  };
}
