import { z } from 'zod';
import { type LoggedEvent, loggedEventSchema } from '@loa/shared/broadcasts/events';
import type { LiveState } from '@loa/shared/broadcasts/state';
import { readStoredState, writeStoredState } from '@loa/shared/log/stored-state';
import { err, ok, type Result } from '@loa/shared/result';
import type { Fence, LogHead } from './event-log.ts';
import { CALL_DEADLINE_MS, type RedisConnection, type RedisFailure, type RedisReply } from './redis-connection.ts';
import { APPEND, ENTRY, SEED, STORE_STATE, TRIM, type RedisScript } from './redis-scripts.ts';

/** EL9: an append that was not carried out by then never is. */
export const APPEND_DEADLINE_MS = CALL_DEADLINE_MS;
/** EL12: whether the server takes writes is tried so often at most. */
const TRY_WRITING_EVERY_MS = 300;
/** EL2: how long replicas are waited for; with the rest of the call it stays below its deadline. */
const REPLICAS_DEADLINE_MS = 300;

const KEYS = Object.freeze({
  stream: 'loa:log',
  head: 'loa:log:head',
  state: 'loa:log:state',
  stored: 'loa:log:stored',
  /** Never there. */
  nothing: 'loa:log:nothing',
  touched: 'loa:log:touched',
});
/** The channel on which every append is announced. */
export const BELL_CHANNEL = KEYS.stream;

/** Name of the key that holds a lease's token. */
export function leaseKey(lease: string): string {
  return `loa:lease:${lease}`;
}

const pairSchema = z.tuple([z.string().nullable(), z.string().nullable()]);
const timeSchema = z.tuple([z.coerce.number(), z.coerce.number()]);
const entriesSchema = z.array(
  z.tuple([z.string(), z.tuple([z.literal(ENTRY.event), z.string(), z.literal(ENTRY.hash), z.string()])]),
);

/** What the log looks like from a place in it. */
export interface LogView {
  readonly head: LogHead | null;
  /** The events after that place, as many as were asked for. */
  readonly events: readonly LoggedEvent[];
  /** EL2: whether enough replicas have all of this. */
  readonly kept: boolean;
  /** EL12: why the server takes no writes; null when it does. */
  readonly refusal: string | null;
}

/** The log as it lies in Redis. Every call can fail and says so; none throws but for entries that are no events. */
export interface RedisStore {
  look(after: number, limit: number): Promise<Result<LogView, RedisFailure>>;
  readFrom(version: number, limit: number): Promise<Result<LoggedEvent[], RedisFailure>>;
  append(
    expected: LogHead,
    events: readonly LoggedEvent[],
    fence?: Fence,
  ): Promise<Result<{ readonly outcome: string; readonly kept: boolean }, RedisFailure>>;
  /** Writes a new log over the one that ends with `expected` (null: over none). */
  seed(
    expected: LogHead | null,
    base: LogHead,
    state: LiveState,
    events: readonly LoggedEvent[],
  ): Promise<Result<string, RedisFailure>>;
  readState(): Promise<Result<{ readonly at: LogHead; readonly state: LiveState } | null, RedisFailure>>;
  storeState(at: LogHead, state: LiveState): Promise<Result<string, RedisFailure>>;
  trim(stored: LogHead, keep: number): Promise<Result<string, RedisFailure>>;
  lookAgain(why: string): void;
}

export interface RedisStoreOptions {
  readonly connection: RedisConnection;
  /** Who this is among the nodes. */
  readonly node: string;
  /** EL2: replicas that must have an event before it counts. */
  readonly replicas: number;
  /** A monotonic clock, ms. */
  now(): number;
}

function toFields(entry: LoggedEvent): string[] {
  return [JSON.stringify(entry), entry.hash];
}

function toEvents(reply: RedisReply | undefined): LoggedEvent[] {
  return entriesSchema.parse(reply).map(([, [, event]]) => loggedEventSchema.parse(JSON.parse(event)));
}

function toHead(reply: RedisReply | undefined): LogHead | null {
  const [version, hash] = pairSchema.parse(reply);
  return version === null || hash === null ? null : { version: Number(version), hash };
}

export function createRedisStore({ connection, node, replicas, now }: RedisStoreOptions): RedisStore {
  /** Ahead of Redis's clock minus ours, at most by the time that asking took. Another server has another one. */
  let clock: { readonly epoch: number; readonly offsetMs: number } | null = null;

  /** All that was read or written before is with the replicas when the answer to the last command is enough of them. */
  const confirmation = () =>
    replicas === 0
      ? []
      : [
          ['SET', KEYS.touched, node],
          ['WAIT', String(replicas), String(REPLICAS_DEADLINE_MS)],
        ];
  const isKept = (replies: readonly RedisReply[]) => replicas === 0 || Number(replies.at(-1)) >= replicas;

  /** What was tried last, and over which connection. */
  let writing = { epoch: -1, triedAt: Number.NEGATIVE_INFINITY, refusal: null as string | null };
  /** A write that does nothing, and is refused all the same with a full disk or memory. Goes out with whatever is sent in the same turn. */
  const tryWriting = async (): Promise<string | null> => {
    const { epoch } = connection;
    if (epoch === writing.epoch && now() - writing.triedAt < TRY_WRITING_EVERY_MS) return writing.refusal;
    const triedAt = now();
    const result = await connection.call([['SET', KEYS.nothing, '', 'XX']]);
    writing = { epoch, triedAt, refusal: result.ok ? null : result.error.detail };
    return writing.refusal;
  };

  const run = async (
    { sha, text }: RedisScript,
    keys: readonly string[],
    values: readonly string[],
    then: readonly string[][] = [],
  ): Promise<Result<RedisReply[], RedisFailure>> => {
    const rest = [String(keys.length), ...keys, ...values];
    const result = await connection.call([['EVALSHA', sha, ...rest], ...then]);
    const unknown = !result.ok && result.error.refused && result.error.detail.startsWith('NOSCRIPT');
    return unknown ? connection.call([['EVAL', text, ...rest], ...then]) : result;
  };
  const runOne = async (...parameters: Parameters<typeof run>): Promise<Result<string, RedisFailure>> => {
    const result = await run(...parameters);
    return result.ok ? ok(String(result.value[0])) : result;
  };

  return {
    async look(after, limit) {
      const { epoch } = connection;
      const sent = now();
      const [result, refusal] = await Promise.all([
        connection.call([
          ['TIME'],
          // The head first: what is appended in between is then too much, not missing.
          ['HMGET', KEYS.head, 'version', 'hash'],
          ['XRANGE', KEYS.stream, `${after + 1}-0`, '+', 'COUNT', String(limit)],
          ...confirmation(),
        ]),
        tryWriting(),
      ]);
      if (!result.ok) return result;
      const [seconds, micros] = timeSchema.parse(result.value[0]);
      clock = { epoch, offsetMs: seconds * 1_000 + micros / 1_000 - sent };
      const [, head, events] = result.value;
      return ok({ head: toHead(head), events: toEvents(events), kept: isKept(result.value), refusal });
    },
    async readFrom(version, limit) {
      const result = await connection.call([['XRANGE', KEYS.stream, `${version}-0`, '+', 'COUNT', String(limit)]]);
      return result.ok ? ok(toEvents(result.value[0])) : result;
    },
    async append(expected, events, fence) {
      if (clock?.epoch !== connection.epoch) return err({ detail: 'the log has not been read yet', refused: true });
      const keys = [KEYS.stream, KEYS.head, leaseKey(fence?.lease ?? '')];
      const lastMoment = Math.floor(now() + clock.offsetMs + APPEND_DEADLINE_MS);
      const values = [
        ...[String(expected.version), expected.hash, String(lastMoment), fence?.token ?? ''],
        ...events.flatMap(toFields),
      ];
      const result = await run(APPEND, keys, values, confirmation());
      // Why it failed may be that nothing can be written: the next look shall know.
      if (!result.ok) writing = { ...writing, triedAt: Number.NEGATIVE_INFINITY };
      return result.ok ? ok({ outcome: String(result.value[0]), kept: isKept(result.value) }) : result;
    },
    seed(expected, base, state, events) {
      const last = events.at(-1) ?? base;
      const values = [
        ...[expected ? String(expected.version) : '', expected?.hash ?? ''],
        ...[String(base.version), base.hash, writeStoredState(state), String(last.version), last.hash],
        ...events.flatMap((entry) => [`${entry.version}-0`, ...toFields(entry)]),
      ];
      return runOne(SEED, [KEYS.stream, KEYS.head, KEYS.state], values);
    },
    async readState() {
      const result = await connection.call([
        ['HMGET', KEYS.state, 'version', 'hash'],
        ['HGET', KEYS.state, 'state'],
      ]);
      if (!result.ok) return result;
      const at = toHead(result.value[0]);
      return ok(at && { at, state: readStoredState(String(result.value[1])) });
    },
    storeState(at, state) {
      const values = [String(at.version), at.hash, writeStoredState(state)];
      return runOne(STORE_STATE, [KEYS.stream, KEYS.head, KEYS.state], values);
    },
    trim(stored, keep) {
      const keys = [KEYS.stream, KEYS.head, KEYS.state, KEYS.stored];
      return runOne(TRIM, keys, [String(stored.version), stored.hash, String(keep)]);
    },
    lookAgain: (why) => connection.lookAgain(why),
  };
}
