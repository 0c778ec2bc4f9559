import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RedisServer } from './support/redis-server.ts';
import { CUT_BY } from './support/sentinel-seats.ts';
import { type SentinelSet, type SetMember, startSentinelSet } from './support/sentinel-set.ts';
import { startWriter, startWriters, type Verdict, type Writer, type Writers } from './support/sentinel-writers.ts';
import { waitFor } from './support/wait-for.ts';
import type { Collected } from './support/writer-process.ts';

/** Nodes that write while Sentinels put another master in the place of one that hangs, dies or is cut off. The tests build on each other. */

const ZONES = ['c1', 'c3', 'c4'];
const LONELY_ZONE = 'c5';

let set: SentinelSet;
let writers: Writers;

beforeAll(async () => {
  set = await startSentinelSet();
  writers = await startWriters(set, ZONES);
});
afterAll(async () => {
  await writers.close();
  await set.close();
});

const NOTHING_WRONG = { lost: [], differences: 0, replacements: 0 };

describe('EL2: a failover by Sentinels', () => {
  it.each([
    ['hangs', (master: RedisServer) => Promise.resolve(master.pause())],
    ['dies', (master: RedisServer) => master.kill()],
  ])(
    'the master %s: nothing that was acknowledged is lost, no version is there twice',
    async (_, fail) => {
      await writers.write();
      await writers.untilWritten(200);
      const old = await set.master();
      await fail(old.server);
      await waitFor(async () => ((await set.master()) === old ? 'a new master' : ''));
      await writers.untilWritten(100);
      // It comes back and still believes that it is the master.
      await old.server.revive();
      await writers.untilWritten(100);
      await set.untilHealed();
      await writers.untilWritten(100);
      await writers.untilAgreed();
      expect(await writers.judge()).toMatchObject(NOTHING_WRONG);
    },
    120_000,
  );
});

/** More of them: REDIS_PARTITIONS=100. Each is judged on its own, from where the one before it ended. */
const PARTITIONS = Number(process.env['REDIS_PARTITIONS'] ?? 1);
const NUMBERS = Array.from({ length: PARTITIONS }, (_, n) => n + 1);
const MAX_STARTS = 5;

interface Partition extends Verdict {
  /** How many orders nodes on the lonely side were told to be done after there was another master. */
  readonly alone: number;
  /** How many events the old master took that are not in the log. */
  readonly vain: number;
  readonly failovers: number;
}

describe(`EL2: the master is cut off, by ${CUT_BY}, together with a node that goes on talking to it`, () => {
  let began = 0;
  beforeAll(() => void (began = performance.now()));
  const sum = {
    partitions: 0,
    failovers: 0,
    events: 0,
    acknowledged: 0,
    alone: 0,
    lost: 0,
    differences: 0,
    replacements: 0,
    vain: 0,
  };
  const print = (line: object) => {
    if (PARTITIONS > 1) process.stderr.write(`${JSON.stringify(line)}\n`);
  };
  /** Of a long run, one line for each and the last one for all. */
  const report = ({ lost, hashes: _, ...counts }: Partition) => {
    sum.partitions += 1;
    sum.lost += lost.length;
    for (const [name, count] of Object.entries(counts)) sum[name as keyof typeof counts] += count;
    const seconds = Math.round((performance.now() - began) / 1_000);
    print({ cut_by: CUT_BY, ...sum, seconds });
  };

  let starts = 0;
  /** A node that knows the master alone and writes to it. Sentinels of a busy machine may choose another master while it starts. */
  const startLonely = async (replicas: number, told: string[]): Promise<{ old: SetMember; lonely: Writer }> => {
    for (let left = MAX_STARTS; left > 0; left--) {
      const old = await set.master();
      const settings = {
        url: old.server.url,
        name: `alone-${(starts += 1)}`,
        zone: LONELY_ZONE,
        replicas,
        openTimeoutMs: 20_000,
      };
      const lonely = await startWriter(old, settings).catch(() => null);
      if (!lonely) continue;
      await lonely.ask({ do: 'write' });
      await writers.untilWritten(50);
      if ((await lonely.tell()).acknowledged > 0 && (await set.master()) === old) return { old, lonely };
      told.push(...(await dismiss(lonely)));
    }
    throw new Error(`no node could begin at the master; servers: ${await set.describe()}`);
  };
  /** Answers what it was told to be done. */
  const dismiss = async (lonely: Writer): Promise<string[]> => {
    await lonely.ask({ do: 'rest' });
    const { acknowledged } = await lonely.ask<Collected>({ do: 'collect', stored: 0 });
    await lonely.kill();
    return acknowledged;
  };

  const partition = async (replicas: number): Promise<Partition> => {
    const told: string[] = [];
    const failoversBefore = await set.failovers();
    await writers.write();
    const { old, lonely } = await startLonely(replicas, told);
    // A node in the master's namespace is cut off with it; beside relays there is none.
    const atOld = writers.all.filter((_, n) => old.commandThere.length > 0 && set.members[n] === old);
    const others = writers.all.filter((writer) => !atOld.includes(writer));
    old.cutOff();
    await waitFor(async () => ((await set.master()) === old ? 'a new master' : ''), 30_000);
    const before = await writers.acknowledged([lonely, ...atOld]);
    await writers.untilWritten(50, others);
    const alone = (await writers.acknowledged([lonely, ...atOld])) - before;
    told.push(...(await dismiss(lonely)));
    const [role] = (await old.server.send('ROLE')) as string[];
    expect(role).toBe('master');
    const atEnd = await writers.hashesOn(old.server);
    old.reconnect();
    await set.untilHealed();
    if (atOld.length > 0) await writers.untilWritten(10, atOld);
    await writers.untilAgreed();
    const verdict = await writers.judge(told);
    const vain = atEnd.filter((hash) => !verdict.hashes.has(hash)).length;
    return { ...verdict, alone, vain, failovers: (await set.failovers()) - failoversBefore };
  };

  it.each(NUMBERS)(
    `nothing that was acknowledged is lost, no version is there twice: %i of ${PARTITIONS}`,
    async () => {
      const result = await partition(1);
      report(result);
      expect(result).toMatchObject({ ...NOTHING_WRONG, alone: 0 });
    },
    180_000,
  );

  it('a node that does not wait for a replica loses what it acknowledges', async () => {
    const { alone, lost, vain } = await partition(0);
    print({ cut_by: CUT_BY, replicas: 0, alone, lost: lost.length, vain });
    expect(alone).toBeGreaterThan(0);
    expect(lost.length).toBeGreaterThan(0);
    expect(vain).toBeGreaterThanOrEqual(lost.length);
  }, 180_000);
});
