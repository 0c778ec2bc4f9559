import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { ok, type Result } from '@loa/shared/result';
import type { RedisFailure, RedisReply } from '../log/redis-connection.ts';
import { createLeases, type Leases } from './leases.ts';

const only = (...names: string[]) => new Set(names);
const open: Leases[] = [];
afterEach(async () => {
  for (const leases of open.splice(0)) await leases.close();
});

/** Leases of a node, and the questions that Redis has not answered yet. */
function setUp() {
  const questions: Array<(result: Result<RedisReply[], RedisFailure>) => void> = [];
  const changes: boolean[] = [];
  let answersAll = false;
  const leases: Leases = createLeases({
    connection: {
      call: () => (answersAll ? Promise.resolve(ok([])) : new Promise((resolve) => void questions.push(resolve))),
    },
    token: 'token',
    logger: pino({ level: 'silent' }),
    now: () => 1_000,
    catchUp: () => Promise.resolve(),
    onChanged: () => changes.push(leases.keeps('a')),
  });
  open.push({ ...leases, close: () => ((answersAll = true), leases.close()) });
  return { leases, changes, questions };
}

describe('LS22: a programme that this node has begun on its own', () => {
  it('is played before Redis has answered, or was found silent', () => {
    const { leases, changes } = setUp();
    leases.want(only('a'), undefined, { own: only('a') });
    expect(changes).toEqual([true]);
  });

  it('is played though an older question is still without an answer', () => {
    const { leases, changes, questions } = setUp();
    leases.want(only('z'));
    expect(questions.length).toBe(1);
    leases.want(only('a', 'z'), undefined, { own: only('a') });
    expect(changes.at(-1)).toBe(true);
  });

  it('another one waits for its answer', () => {
    const { leases, changes } = setUp();
    leases.want(only('a'));
    expect([leases.keeps('a'), changes.includes(true)]).toEqual([false, false]);
  });
});

describe('LS24: a lease that is not wanted any more', () => {
  it('is lost at once, and whoever works under it is told', async () => {
    const { leases, changes, questions } = setUp();
    leases.want(only('a'));
    questions[0]?.(ok([[2]]));
    await new Promise((resolve) => setImmediate(resolve));
    expect(changes).toEqual([true]);
    leases.want(only());
    expect(changes).toEqual([true, false]);
  });
});
