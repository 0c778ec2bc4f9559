import type { Logger } from 'pino';
import { z } from 'zod';
import type { LeaseFigures } from '../../link/figures.ts';
import type { RedisConnection } from '../log/redis-connection.ts';
import { leaseKey } from '../log/redis-store.ts';
import { createLeaseBook, type FreshLeases, LEASE_TTL_MS } from './lease-book.ts';

/** Often enough for two renewals to fail before a lease runs out. */
export const ASK_EVERY_MS = 400;

/**
 * LS2. KEYS: one that is never there, then leases. ARGV: token, time to live (ms), how many of the leases are wanted; the others are
 * only looked at. Answers with one number each: 2 held by the token, 1 held by another, 0 free. LS3: fails where nothing can be
 * written, also when it only looks: there leases run out because nobody can renew them.
 */
const ASK = `
redis.call('SET', KEYS[1], '', 'XX')
local answers = {}
for i = 1, #KEYS - 1 do
  local key = KEYS[i + 1]
  local holder = redis.call('GET', key)
  if i <= tonumber(ARGV[3]) then
    if not holder then
      redis.call('SET', key, ARGV[1], 'PX', ARGV[2])
      holder = ARGV[1]
    elseif holder == ARGV[1] then
      redis.call('PEXPIRE', key, ARGV[2])
    end
  end
  answers[i] = (not holder and 0) or (holder == ARGV[1] and 2) or 1
end
return answers
`;

/** Gives back the leases of KEYS that the token ARGV[1] holds. */
const GIVE_BACK = `
for _, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[1] then redis.call('DEL', key) end
end
return 1
`;

/** A key that is never there. */
const NOTHING = 'loa:lease-nothing';
const answersSchema = z.array(z.number().int().min(0).max(2));

/** The leases of this node: each names one thing that exactly one node does at a time. */
export interface Leases {
  /** What this process holds its leases under; the log checks it. */
  readonly token: string;
  /** Takes these as soon as they are free, keeps them, and gives back what is not among them. `offered`: see `LeaseBook.want`. */
  want(names: ReadonlySet<string>, offered?: ReadonlySet<string>, fresh?: FreshLeases): void;
  /** Looks at these. */
  watch(names: ReadonlySet<string>): void;
  /**
   * Whether this node does what the lease is for: it holds it; or Redis is away, and it has held it or nobody could be asked about it (LS4, LS5). Not
   * when it has just woken up and the lease ran out meanwhile (ND60).
   */
  keeps(name: string): boolean;
  wasElsewhere(name: string): boolean;
  isVacant(name: string): boolean;
  readonly figures: LeaseFigures;
  /** Gives all back. */
  close(): Promise<void>;
}

export interface LeasesOptions {
  readonly connection: Pick<RedisConnection, 'call'>;
  /** New for every process: one that begins again is another. */
  readonly token: string;
  readonly logger: Logger;
  /** Monotonic, ms. */
  now(): number;
  /** ND60: reads what was decided while this process stood still; settles also when the log is away. */
  catchUp(): Promise<void>;
  /** Leases were taken or lost. */
  onChanged(): void;
}

export function createLeases({ connection, token, logger, now, catchUp, onChanged }: LeasesOptions): Leases {
  const book = createLeaseBook();
  let asking = false;
  let askAgain = false;
  let closed = false;
  let before = '';
  /** ND60: what was decided meanwhile may not be known yet. */
  let hasSlept = false;

  const wake = () => {
    if (!book.wake(now())) return;
    logger.warn(
      'this process stood still, and its leases ran out: nothing is done under them until Redis has answered',
    );
    hasSlept = true;
    // Whatever comes of it is a change.
    before = '\n';
  };
  const keeps = (name: string) => {
    wake();
    return book.keeps(name) || book.isUnanswered(name, now());
  };
  const tellChange = () => {
    const held = [...book.wanted].filter(keeps).join('\n');
    if (held === before) return;
    before = held;
    onChanged();
  };

  const ask = async (): Promise<void> => {
    const askedAt = now();
    const asked = book.asked(askedAt);
    const wanted = [...asked];
    const watched = [...new Set([...book.watched, ...book.wanted])].filter((name) => !asked.has(name));
    const names = [...wanted, ...watched];
    if (names.length === 0) return;
    const parameters = [token, String(LEASE_TTL_MS), String(wanted.length)];
    const command = ['EVAL', ASK, String(names.length + 1), NOTHING, ...names.map(leaseKey), ...parameters];
    const reply = await connection.call([command]);
    if (!reply.ok) return;
    // A free lease is no order to play: the programme may have been stopped meanwhile.
    if (hasSlept) await catchUp();
    if (closed) return;
    hasSlept = false;
    const answers = answersSchema.parse(reply.value[0]);
    const named = (least: number) => new Set(names.filter((_, i) => (answers[i] ?? 0) >= least));
    book.note({ askedAt, held: named(2), taken: named(1) });
  };

  const look = () => {
    wake();
    if (asking) {
      askAgain = true;
      return;
    }
    asking = true;
    askAgain = false;
    ask()
      .catch((error: unknown) => logger.error({ err: error }, 'asking for leases failed'))
      .finally(() => {
        asking = false;
        tellChange();
        if (askAgain && !closed) look();
      });
  };

  const giveBack = async (names: readonly string[]): Promise<void> => {
    if (names.length === 0) return;
    await connection.call([['EVAL', GIVE_BACK, String(names.length), ...names.map(leaseKey), token]]);
  };

  const timer = setInterval(look, ASK_EVERY_MS);
  return {
    token,
    want(names, offered, how) {
      const fresh = [...names].some((name) => !book.wanted.has(name));
      const before = book.asked(now());
      book.want(names, now(), offered, how);
      const asked = book.asked(now());
      const left = [...before].filter((name) => !asked.has(name));
      // What is not given back here runs out by itself.
      giveBack(left).catch((error: unknown) => logger.warn({ err: error }, 'leases were not given back'));
      if (fresh) look();
      // LS22: what is as good as held at once is played before anybody has answered, or fallen silent.
      tellChange();
    },
    watch: (names) => book.watch(names),
    keeps,
    wasElsewhere: (name) => book.wasElsewhere(name),
    isVacant: (name) => book.isVacant(name, now()),
    get figures() {
      return book.figures(now());
    },
    async close() {
      closed = true;
      clearInterval(timer);
      const held = [...book.wanted];
      book.want(new Set(), now());
      await giveBack(held);
    },
  };
}
