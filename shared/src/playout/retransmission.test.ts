import { describe, expect, it } from 'vitest';
import { ASK_LIFE_MS, MAX_ASKS, MAX_MISSING_IN_A_ROW, Retransmission } from './retransmission.ts';

describe('asking for missing packets', () => {
  it('PO23: asks at once, again while it is still missing, and not for ever', () => {
    const bus = new Retransmission();
    bus.note(65_534, 0);
    const asked = Array.from({ length: 30 }, (_, index) => bus.note((1 + index) & 0xffff, 20 * (index + 1)));
    expect(asked[0]).toEqual([65_535, 0]);
    expect(asked.flat().filter((sequence) => sequence === 0)).toHaveLength(MAX_ASKS);
    expect(asked.slice(10).flat()).toEqual([]);
  });

  it('PO23: does not ask again for what came', () => {
    const bus = new Retransmission();
    bus.note(1, 0);
    expect(bus.note(3, 20)).toEqual([2]);
    expect(bus.note(2, 30)).toEqual([]);
    expect(bus.note(4, 60)).toEqual([]);
    expect(bus.note(5, 200)).toEqual([]);
  });

  it.each([65, 150, 300])(
    'PO23: does not ask again before an answer can be there, once it knows that one takes %i ms',
    (answerMs) => {
      const bus = new Retransmission();
      bus.note(0, 0);
      const asked: number[] = [];
      const arrivals = [...Array.from({ length: 200 }, (_value, n) => n + 1).filter((n) => n % 10 !== 5)].map((n) => ({
        sequence: n,
        atMs: n * 20,
      }));
      for (let next = arrivals.shift(); next; next = arrivals.shift()) {
        for (const sequence of bus.note(next.sequence, next.atMs)) {
          asked.push(sequence);
          arrivals.push({ sequence, atMs: next.atMs + answerMs });
        }
        arrivals.sort((a, b) => a.atMs - b.atMs);
      }
      const later = asked.filter((sequence) => sequence > 100);
      expect(new Set(later).size).toBe(10);
      expect(later).toHaveLength(10);
    },
  );

  it('PO23: leaves outages and old losses alone', () => {
    const bus = new Retransmission();
    bus.note(1, 0);
    expect(bus.note(3 + MAX_MISSING_IN_A_ROW, 20)).toEqual([]);
    expect(bus.note(5 + MAX_MISSING_IN_A_ROW, 40)).toHaveLength(1);
    expect(bus.note(6 + MAX_MISSING_IN_A_ROW, 41 + ASK_LIFE_MS)).toEqual([]);
  });
});
