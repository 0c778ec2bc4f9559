import type { Logger } from 'pino';
import type { LiveState } from '@loa/shared/broadcasts/state';
import { compareLogs, lostEvents } from '@loa/shared/log/compare-logs';
import { err, ok, type Result } from '@loa/shared/result';
import type { AppendRefusal, LogHead } from './event-log.ts';
import type { OwnChain } from './own-chain.ts';
import { readBetween } from './read-between.ts';
import type { RedisStore } from './redis-store.ts';

/** Events per reading and per writing back. */
const PAGE = 200;
/** EL2: an event that meets this is decided as soon as a replica has it, unless a failover loses it. */
export const UNCONFIRMED = 'unconfirmed: too few replicas have it';
/** Steps that a node takes in a row without getting any further: something else is wrong. */
const MAX_VAIN_STEPS = 5;
/** A master that no replica follows for so long may have been replaced. */
const UNKEPT_PATIENCE_MS = 1_500;

export type Away = Extract<AppendRefusal, { code: 'away' }>;

/** A refusal because the log is away. */
export const away = (detail: string): { readonly ok: false; readonly error: Away } => err({ code: 'away', detail });

/** Brings a node and the log together (EL5, EL6): one step after the other until nothing is left to do. */
export interface LogFollower {
  /** Sets the chain's trouble to how it went. */
  advance(): Promise<Result<null, Away>>;
  /** EL2: an append was done and too few replicas have it. */
  noteUnkept(): void;
}

export interface LogFollowerOptions {
  readonly store: RedisStore;
  readonly chain: OwnChain;
  /** How many events a log that is written again begins with. */
  readonly keptEvents: number;
  readonly logger: Logger;
  now(): number;
  readState(): LiveState;
  /** The chain goes on from a state that is stored at this version. */
  onReplaced(version: number): void;
  isClosed(): boolean;
}

export function createLogFollower(options: LogFollowerOptions): LogFollower {
  const { store, chain, keptEvents, logger, now, readState } = options;
  let unkeptSince: number | null = null;

  const seed = async (expected: LogHead | null): Promise<Result<null, Away>> => {
    const { head, retained } = chain;
    const tail = retained.all.slice(-keptEvents);
    const state = readState();
    if (state.version !== head.version) return away('nobody knows the state to begin with');
    logger.error({ found: expected, version: head.version }, 'the log in Redis is gone or old; writing it again');
    const seeded = await store.seed(expected, head, state, tail);
    return seeded.ok ? ok(null) : away(seeded.error.detail);
  };

  /** Leaves this node's chain and goes on from the state that is stored beside the log. */
  const replace = async (): Promise<Result<null, Away>> => {
    const { head, localAfter } = chain;
    const stored = await store.readState();
    if (!stored.ok) return away(stored.error.detail);
    if (!stored.value) return away('the log has no stored state');
    const tail = chain.retained.all;
    const first = tail[0]?.version ?? head.version;
    const theirs = tail.length === 0 ? ok([]) : await store.readFrom(first, tail.length);
    if (!theirs.ok) return away(theirs.error.detail);
    const { at, state } = stored.value;
    // Out of reach is not lost: only what the log has otherwise was decided in vain, and what no other node ever had.
    const overlaps = theirs.value.some(({ version }) => version <= head.version);
    const local = localAfter === null ? [] : tail.filter(({ version }) => version > localAfter);
    const lost = overlaps ? lostEvents(tail, theirs.value) : local;
    const [firstLost] = lost;
    const common = firstLost ? { version: firstLost.version - 1, hash: firstLost.prevHash } : head;
    const between = await readBetween(store, common, at);
    if (!between.ok) return away(between.error.detail);
    logger.error({ from: head.version, to: at.version, lost: lost.length }, 'the log has taken another way');
    options.onReplaced(at.version);
    chain.leave(at, between.value, { state, lost });
    return ok(null);
  };

  const step = async (): Promise<Result<'done' | 'more', Away>> => {
    const looked = await store.look(chain.head.version, PAGE);
    if (!looked.ok) return away(looked.error.detail);
    const { head: end, events, kept, refusal } = looked.value;
    unkeptSince = kept ? null : (unkeptSince ?? now());
    if (!kept) {
      if (now() - (unkeptSince ?? 0) > UNKEPT_PATIENCE_MS) store.lookAgain('no replica follows this master');
      return away(UNCONFIRMED);
    }
    const next = <T>(result: Result<T, Away>): Result<'more', Away> => (result.ok ? ok('more') : result);
    if (!end) return next(await seed(null));
    const relation = compareLogs(chain.head, chain.retained.all, end, events[0]);
    switch (relation.kind) {
      case 'same':
        chain.confirm();
        // EL12: what can still be read has been taken in by now.
        return refusal === null ? ok('done') : away(refusal);
      case 'goes-on':
        chain.take(events);
        return ok(chain.head.version >= end.version && refusal === null ? 'done' : 'more');
      case 'lost-its-end': {
        logger.warn({ missing: relation.missing.length }, 'the log does not have the end; giving it');
        const restored = await store.append(end, relation.missing.slice(0, PAGE));
        return restored.ok ? ok('more') : away(restored.error.detail);
      }
      case 'forked':
        return next(await replace());
      case 'out-of-reach':
        return next(await (end.version > chain.head.version ? replace() : seed(end)));
    }
  };

  return {
    async advance() {
      let vain = 0;
      for (let before = chain.head; vain < MAX_VAIN_STEPS && !options.isClosed(); before = chain.head) {
        const result = await step();
        if (!result.ok || result.value === 'done') {
          chain.setTrouble(result.ok ? null : result.error.detail);
          return result.ok ? ok(null) : result;
        }
        vain = before === chain.head ? vain + 1 : 0;
      }
      chain.setTrouble('the log does not agree with this node');
      return away('the log does not agree with this node');
    },
    noteUnkept() {
      unkeptSince ??= now();
      chain.setTrouble(UNCONFIRMED);
    },
  };
}
