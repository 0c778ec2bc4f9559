import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LogNode, startLogNode } from './support/log-node.ts';
import { type Acknowledgements, lostOf, readLog, write } from './support/log-writers.ts';
import type { RedisServer } from './support/redis-server.ts';
import { type SentinelSet, startSentinelSet } from './support/sentinel-set.ts';
import { waitFor } from './support/wait-for.ts';

/** Nodes that write while Sentinels put another master in the place of one that hangs or dies. The tests build on each other. */

const ZONES = ['c1', 'c3', 'c4'];

let set: SentinelSet;
let nodes: LogNode[];
const acknowledged: Acknowledgements = { all: [], written: 0 };

beforeAll(async () => {
  set = await startSentinelSet();
  nodes = await Promise.all(ZONES.map((zone) => startLogNode({ url: set.url, node: `at-${zone}`, replicas: 1 })));
});
afterAll(async () => {
  for (const node of nodes) await node.close();
  await set.close();
});

/** All nodes and the master end with the same event: what a failover took back has been given back. */
async function untilAgreed(): Promise<void> {
  await waitFor(async () => {
    const heads = nodes.map(({ log }) => `${log.head.hash} ${String(log.reachable)}`);
    const end = await (await set.master()).server.send('HGET', 'loa:log:head', 'hash').catch(() => 'gone');
    const agreed = heads.every((head) => head === `${String(end)} true`);
    return agreed ? '' : `nodes: ${heads.join()}, log: ${String(end)}, servers: ${await set.describe()}`;
  }, 60_000);
}

describe('EL2: a failover by Sentinels', () => {
  it.each([
    ['hangs', (master: RedisServer) => Promise.resolve(master.pause())],
    ['dies', (master: RedisServer) => master.kill()],
  ])(
    'the master %s: nothing that was acknowledged is lost, no version is there twice',
    async (_, fail) => {
      let goesOn = true;
      const writing = nodes.map((node, n) => write(node, ZONES[n] ?? '', acknowledged, () => goesOn));
      const enough = async (count: number) => {
        const target = acknowledged.all.length + count;
        await waitFor(() =>
          acknowledged.all.length < target ? `${target - acknowledged.all.length} acknowledgements` : '',
        );
      };
      await enough(200);
      const old = await set.master();
      await fail(old.server);
      await waitFor(async () => ((await set.master()) === old ? 'a new master' : ''));
      await enough(100);
      // It comes back and still believes that it is the master.
      await old.server.revive();
      await enough(100);
      await set.untilHealed();
      await enough(100);
      goesOn = false;
      await Promise.all(writing);
      await untilAgreed();
      const log = await readLog((await set.master()).server);
      expect(lostOf(acknowledged, log)).toEqual([]);
      for (const node of nodes) {
        expect(node.folded.map(({ hash }) => hash)).toEqual(log.map(({ hash }) => hash));
        expect(node.replacements).toBe(0);
      }
    },
    120_000,
  );
});

/** More of them: REDIS_PARTITIONS=100. */
const PARTITIONS = Number(process.env['REDIS_PARTITIONS'] ?? 1);

describe('EL2: the master is cut off together with a node that goes on talking to it', () => {
  /** One partition: how many orders the node on the lonely side was told to be done, and which are lost in the end. */
  const partition = async (replicas: number): Promise<{ lonely: number; lost: string[] }> => {
    const told: Acknowledgements = { all: [], written: (acknowledged.written += 1_000_000) };
    const lonely: Acknowledgements = { all: [], written: told.written };
    const old = await set.master();
    const atOld = await startLogNode({ url: old.server.url, node: 'lonely', replicas });
    let [goesOn, lonelyGoesOn] = [true, true];
    const writing = nodes.slice(1).map((node, n) => write(node, ZONES[n + 1] ?? '', told, () => goesOn));
    const writingAlone = write(atOld, ZONES[0] ?? '', lonely, () => lonelyGoesOn);
    const enough = async (count: number) => {
      const target = told.all.length + count;
      await waitFor(async () => {
        if (told.all.length >= target) return '';
        const stands = nodes.map(({ log }) => `${log.head.version} ${String(log.reachable)}`);
        return `${target - told.all.length} acknowledgements; nodes: ${stands.join()}; servers: ${await set.describe()}`;
      }, 60_000);
    };
    await enough(50);
    old.link.mute();
    await waitFor(async () => ((await set.master()) === old ? 'a new master' : ''), 30_000);
    const before = lonely.all.length;
    await enough(50);
    lonelyGoesOn = false;
    await writingAlone;
    await atOld.close();
    old.link.heal();
    await set.untilHealed();
    goesOn = false;
    await Promise.all(writing);
    await untilAgreed();
    const log = await readLog((await set.master()).server);
    return { lonely: lonely.all.length - before, lost: [...lostOf(told, log), ...lostOf(lonely, log)] };
  };

  it(
    `nothing that was acknowledged is lost, no version is there twice, ${PARTITIONS} times`,
    async () => {
      for (let n = 0; n < PARTITIONS; n++) {
        const { lonely, lost } = await partition(1);
        expect({ n, lonely, lost }).toEqual({ n, lonely: 0, lost: [] });
      }
    },
    180_000 * PARTITIONS,
  );

  it('a node that does not wait for a replica loses what it acknowledges', async () => {
    const { lonely, lost } = await partition(0);
    expect(lonely).toBeGreaterThan(0);
    expect(lost.length).toBeGreaterThan(0);
  }, 180_000);
});
