import { beforeAll, describe, expect, it } from 'vitest';
import type { Readiness } from '../src/door/monitoring/readiness.ts';
import type { SfuStack } from './support/sfu-stack.ts';
import { startTwoNodes, type TwoNodes } from './support/two-nodes.ts';
import { waitFor } from './support/wait-for.ts';

/** Two nodes on hosts of which one has another wall clock. The tests build on each other, in this order. */

/** By how much the clock of the second host is ahead, ms. */
let aheadMs = 0;
let nodes: TwoNodes['nodes'];

beforeAll(async () => {
  const network = await startTwoNodes({ ownData: true, wallNowOfB: () => Date.now() + aheadMs });
  ({ nodes } = network);
  return network.close;
});

interface Clock {
  readonly node: string;
  readonly offsetMs: number;
  readonly errorMs: number;
  readonly inStep: boolean;
}

const clocksOf = async (node: SfuStack) =>
  ((await (await node.get('/api/v1/node')).json()) as { clocks: Clock[] }).clocks;
const readyz = async (node: SfuStack) => (await (await node.get('/readyz')).json()) as Readiness;

/** Until each node sees the other this far away, ahead or behind, as well as it can measure. */
const untilApart = (expectedMs: number) =>
  waitFor(async () => {
    const [b, a] = (await Promise.all(nodes.map(clocksOf))).map(([clock]) => clock);
    const near = (clock: Clock | undefined, ms: number) =>
      clock !== undefined && Math.abs(clock.offsetMs - ms) <= clock.errorMs && clock.errorMs < 50;
    return near(b, expectedMs) && near(a, -expectedMs) ? '' : JSON.stringify([b, a]);
  }, 30_000);

describe('ND40: each node compares its clock with that of the other', () => {
  it('and finds no difference where there is none', async () => {
    await untilApart(0);
    for (const node of nodes) expect((await readyz(node)).degraded).toEqual([]);
  });

  it('a clock that goes 400 ms ahead is told of by both: how far, of whom, and what to do; and so for machines', async () => {
    aheadMs = 400;
    await untilApart(400);
    const [here, there] = await Promise.all(nodes.map(readyz));
    expect(here).toMatchObject({ ready: true, degraded: ['clock'] });
    expect(there).toMatchObject({ ready: true, degraded: ['clock'] });
    expect(here?.parts.clock.why).toMatch(/node b is \d+ ± \d+ ms ahead.*NTP/);
    expect(there?.parts.clock.why).toMatch(/node a is \d+ ± \d+ ms behind.*NTP/);
    const page = await (await nodes[0].get('/metrics')).text();
    const [, offset] = /^loa_peer_clock_offset_seconds\{peer="b"\} (\S+)$/m.exec(page) ?? [];
    const [, error] = /^loa_peer_clock_error_seconds\{peer="b"\} (\S+)$/m.exec(page) ?? [];
    expect(Math.abs(Number(offset) - 0.4)).toBeLessThanOrEqual(Number(error));
  });

  it('until it is right again', async () => {
    aheadMs = 0;
    await untilApart(0);
    for (const node of nodes) expect((await readyz(node)).degraded).toEqual([]);
  });
});
