import { describe, expect, it } from 'vitest';
import { SEQUENCE_WINDOW, SequenceWindow } from './sequence-window.ts';

describe('sequence numbers of a bus', () => {
  it('PO3: each packet is accepted once, over the wrap and out of order', () => {
    const window = new SequenceWindow();
    const order = [65_533, 65_535, 65_534, 1, 0, 2, 65_535, 1, 65_533];
    expect(order.map((sequence, index) => window.accept(sequence, index))).toEqual([
      true,
      true,
      true,
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('PO3: a number is new again after the whole range', () => {
    const window = new SequenceWindow();
    let accepted = 0;
    for (let count = 0; count < 200_000; count += 1) if (window.accept(count & 0xffff, count)) accepted += 1;
    expect(accepted).toBe(200_000);
  });

  it('PO3: a very old number is a duplicate unless its stamp is new: then the sender began anew', () => {
    const window = new SequenceWindow();
    for (let sequence = 5_000; sequence < 8_000; sequence += 1) window.accept(sequence, sequence);
    expect(window.accept(8_000 - SEQUENCE_WINDOW - 100, 6_000)).toBe(false);
    expect(window.accept(100, 9_000)).toBe(true);
    expect(window.accept(101, 9_001)).toBe(true);
    expect(window.accept(100, 9_000)).toBe(false);
  });
});
