import { describe, expect, it } from 'vitest';
import { type Load, REBALANCE, spreadReceivers } from './rebalance.ts';

const load = (own: number, others: readonly number[], rest: Partial<Load> = {}): Load => ({
  own,
  others: others.map((receivers, i) => ({ door: `http://${i}`, receivers })),
  settledMs: REBALANCE.settledMs,
  emergency: false,
  ...rest,
});
const moves = (...given: Parameters<typeof load>) => spreadReceivers(false, load(...given)).move;

describe('ND15: receivers are spread again', () => {
  it('a few at a time, to the nodes that have less than their share', () => {
    expect(spreadReceivers(false, load(100, [0, 90]))).toEqual({
      active: true,
      move: REBALANCE.atOnce,
      doors: ['http://0'],
    });
    expect(moves(52, [44])).toBe(0);
    expect(moves(60, [40])).toBe(REBALANCE.atOnce);
  });

  it('not for little, nor among few', () => {
    expect(moves(55, [45])).toBe(0);
    expect(moves(4, [0])).toBe(0);
    expect(moves(8, [0])).toBe(4);
  });

  it('once begun until all have their share, and not a step further', () => {
    expect(spreadReceivers(true, load(52, [44])).move).toBe(4);
    expect(spreadReceivers(true, load(49, [47]))).toMatchObject({ active: true, move: 1 });
    expect(spreadReceivers(true, load(48, [48]))).toEqual({ active: false, move: 0, doors: [] });
    expect(spreadReceivers(true, load(49, [48]))).toMatchObject({ active: false, move: 0 });
  });

  it('never during an emergency, and not while nodes come and go', () => {
    expect(moves(100, [0], { emergency: true })).toBe(0);
    expect(moves(100, [0], { settledMs: REBALANCE.settledMs - 1 })).toBe(0);
    expect(moves(100, [])).toBe(0);
  });

  it('comes to rest, whatever the start: nobody is sent to and fro', () => {
    for (const start of [
      [200, 0, 0],
      [7, 90, 3],
      [33, 33, 34],
      [1, 2, 3],
      [0, 0, 250],
    ]) {
      const nodes = start.map((receivers, i) => ({ receivers, active: false, door: `http://${i}` }));
      let steps = 0;
      for (let quiet = 0; quiet < 2 && steps < 1_000; steps++) {
        const before = nodes.map(({ receivers }) => receivers).join();
        for (const node of nodes) {
          const others = nodes.filter((one) => one !== node);
          const answer = spreadReceivers(node.active, { ...load(node.receivers, []), others });
          node.active = answer.active;
          for (let n = 0; n < answer.move; n++) {
            const to = nodes.find(({ door }) => door === answer.doors[n % answer.doors.length]);
            if (!to) throw new Error('nowhere');
            node.receivers -= 1;
            to.receivers += 1;
          }
        }
        quiet = before === nodes.map(({ receivers }) => receivers).join() ? quiet + 1 : 0;
      }
      const counts = nodes.map(({ receivers }) => receivers);
      expect(steps).toBeLessThan(200);
      const mean = counts.reduce((sum, one) => sum + one) / counts.length;
      expect(Math.max(...counts)).toBeLessThanOrEqual(
        Math.ceil(mean + Math.max(REBALANCE.beginAtLeast, mean * REBALANCE.beginAbove)),
      );
    }
  });
});
