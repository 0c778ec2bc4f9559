import pLimit from 'p-limit';
import type { Logger } from 'pino';
import type { LoggedEvent } from '@loa/shared/broadcasts/events';
import type { LiveState } from '@loa/shared/broadcasts/state';
import { compareLogs, lostEvents } from '@loa/shared/log/compare-logs';
import { err, ok, type Result } from '@loa/shared/result';
import { chainEvents, isChained } from './chain-events.ts';
import type { AppendRefusal, EventLog, Fence, LogHead, Replacement } from './event-log.ts';
import type { RedisStore } from './redis-store.ts';
import { createRetainedEvents } from './retained-events.ts';

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

/** Events per reading and per writing back. */
const PAGE = 200;
/** The log is looked at this often even when nobody rings. */
const LOOK_EVERY_MS = 400;
/** EL2: an event that meets this is decided as soon as a replica has it, unless a failover loses it. */
const UNCONFIRMED = 'unconfirmed: too few replicas have it';
const UNREADABLE = 'the log is not readable';
/** Steps that a node takes in a row without getting any further: something else is wrong. */
const MAX_VAIN_STEPS = 5;
/** A master that no replica follows for so long may have been replaced. */
const UNKEPT_PATIENCE_MS = 1_500;

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

type Away = Extract<AppendRefusal, { code: 'away' }>;

const away = (detail: string): { readonly ok: false; readonly error: Away } => err({ code: 'away', detail });

export function createRedisLog({ store, opened, earlier, limits, logger, now, onClose }: RedisLogOptions): RedisLog {
  /** One conversation with Redis at a time: what is decided next depends on what was answered before. */
  const inTurn = pLimit(1);
  const listeners = new Set<(events: readonly LoggedEvent[]) => void>();
  const replacementListeners: Array<(replacement: Replacement) => void> = [];
  const retained = createRetainedEvents(limits.keptEvents, (lost) =>
    logger.error({ lost }, 'no door stores the log; this node forgets events'),
  );
  let head = opened.at;
  let readState: () => LiveState = () => opened.state;
  /** Why nothing is appended at present; null while all is well. */
  let trouble: string | null = 'the log has not been read yet';
  let unkeptSince: number | null = null;
  let lastStateVersion = opened.at.version;
  let lastTrimVersion = 0;
  let looking = false;
  let closed = false;

  retained.push(earlier);

  const setTrouble = (next: string | null) => {
    if ((next === null) !== (trouble === null)) {
      if (next === null) logger.info({ version: head.version }, 'the log is there');
      else logger.error({ why: next, version: head.version }, 'the log is away; what is on air goes on');
    }
    trouble = next;
  };

  const deliver = (events: readonly LoggedEvent[]) => {
    const last = events.at(-1);
    if (!last) return;
    if (!isChained(head, events)) throw new Error(`events after ${head.version} do not follow it`);
    head = { version: last.version, hash: last.hash };
    retained.push(events);
    for (const listener of listeners) listener(events);
  };

  const seed = async (expected: LogHead | null): Promise<Result<null, Away>> => {
    const tail = retained.all.slice(-limits.keptEvents);
    const state = readState();
    if (state.version !== head.version) return away('nobody knows the state to begin with');
    logger.error({ found: expected, version: head.version }, 'the log in Redis is gone or old; writing it again');
    const seeded = await store.seed(expected, head, state, tail);
    return seeded.ok ? ok(null) : away(seeded.error.detail);
  };

  /** Leaves this node's chain and goes on from the state that is stored beside the log. */
  const replace = async (): Promise<Result<null, Away>> => {
    const stored = await store.readState();
    if (!stored.ok) return away(stored.error.detail);
    if (!stored.value) return away('the log has no stored state');
    const tail = retained.all;
    const first = tail[0]?.version ?? head.version;
    const theirs = tail.length === 0 ? ok([]) : await store.readFrom(first, tail.length);
    if (!theirs.ok) return away(theirs.error.detail);
    const { at, state } = stored.value;
    // Out of reach is not lost: only what the log has otherwise was decided in vain.
    const overlaps = theirs.value.some(({ version }) => version <= head.version);
    const lost = overlaps ? lostEvents(tail, theirs.value) : [];
    logger.error({ from: head.version, to: at.version, lost: lost.length }, 'the log has taken another way');
    head = at;
    lastStateVersion = at.version;
    retained.clear();
    for (const listener of replacementListeners) listener({ state, lost });
    return ok(null);
  };

  const step = async (): Promise<Result<'done' | 'more', Away>> => {
    const looked = await store.look(head.version, PAGE);
    if (!looked.ok) return away(looked.error.detail);
    const { head: end, events, kept } = looked.value;
    unkeptSince = kept ? null : (unkeptSince ?? now());
    if (!kept) {
      if (now() - (unkeptSince ?? 0) > UNKEPT_PATIENCE_MS) store.lookAgain('no replica follows this master');
      return away(UNCONFIRMED);
    }
    const next = <T>(result: Result<T, Away>): Result<'more', Away> => (result.ok ? ok('more') : result);
    if (!end) return next(await seed(null));
    const relation = compareLogs(head, retained.all, end, events[0]);
    switch (relation.kind) {
      case 'same':
        return ok('done');
      case 'goes-on':
        deliver(events);
        return ok(head.version >= end.version ? 'done' : 'more');
      case 'lost-its-end': {
        logger.error({ missing: relation.missing.length }, 'the log has lost its end; giving it back');
        const restored = await store.append(end, relation.missing.slice(0, PAGE));
        return restored.ok ? ok('more') : away(restored.error.detail);
      }
      case 'forked':
        return next(await replace());
      case 'out-of-reach':
        return next(await (end.version > head.version ? replace() : seed(end)));
    }
  };

  const advance = async (): Promise<Result<null, Away>> => {
    let vain = 0;
    for (let before = head; vain < MAX_VAIN_STEPS && !closed; before = head) {
      const result = await step();
      if (!result.ok || result.value === 'done') {
        setTrouble(result.ok ? null : result.error.detail);
        return result.ok ? ok(null) : result;
      }
      vain = before === head ? vain + 1 : 0;
    }
    setTrouble('the log does not agree with this node');
    return away('the log does not agree with this node');
  };

  const storeState = async (after: number) => {
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
      if (trouble !== UNREADABLE) logger.error({ err: error }, 'what is in the log is no log');
      setTrouble(UNREADABLE);
    });
  };
  const timer = setInterval(look, LOOK_EVERY_MS);

  const append = async (
    logged: readonly LoggedEvent[],
    fence: Fence | undefined,
    isSecondTry = false,
  ): Promise<Result<null, AppendRefusal>> => {
    if (trouble !== null) return away(trouble);
    const before = head;
    const result = await store.append(head, logged, fence);
    if (!result.ok) {
      setTrouble(result.error.detail);
      return away(result.error.detail);
    }
    const { outcome, kept } = result.value;
    if (outcome === 'fenced') return err({ code: 'fenced' });
    if (outcome === 'late') return away('the log answered too late');
    if (outcome !== 'ok') {
      const advanced = await advance();
      if (!advanced.ok) return advanced;
      if (head !== before) return err({ code: 'conflict', version: head.version });
      // The log was gone or old, and is what this node knows again.
      return isSecondTry ? away('the log does not agree with this node') : append(logged, fence, true);
    }
    if (!kept) {
      unkeptSince ??= now();
      setTrouble(UNCONFIRMED);
      return away(UNCONFIRMED);
    }
    deliver(logged);
    return ok(null);
  };

  return {
    get head() {
      return head;
    },
    get reachable() {
      return trouble === null;
    },
    opened: opened.state,
    append: (expectedVersion, events, at, fence) =>
      inTurn(async (): Promise<Result<LoggedEvent[], AppendRefusal>> => {
        if (expectedVersion !== head.version) return err({ code: 'conflict', version: head.version });
        if (events.length === 0) return ok([]);
        const logged = chainEvents(head, events, at);
        const appended = await append(logged, fence);
        if (!appended.ok) return appended;
        if (head.version - lastStateVersion >= limits.eventsPerState)
          void inTurn(() => storeState(limits.eventsPerState));
        return ok(logged);
      }),
    readAfter: (version, limit) => Promise.resolve(retained.after(version, limit)),
    forgetUpTo(version) {
      const stored = retained.get(version);
      retained.forgetUpTo(version);
      if (!stored || version - lastTrimVersion < limits.eventsPerTrim || trouble !== null) return;
      lastTrimVersion = version;
      void inTurn(() => store.trim({ version, hash: stored.hash }, limits.keptEvents));
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onReplaced: (listener) => void replacementListeners.push(listener),
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
