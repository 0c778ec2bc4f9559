import { describe, expect, it } from 'vitest';
import { createEarlyFrames } from './early-frames.ts';

const frame = (csrc: number, timestamp: number) => ({ csrc, timestamp, marker: false, payload: Buffer.of(1) });

describe('frames that come before their broadcast', () => {
  it('are kept in order and given once', () => {
    const early = createEarlyFrames();
    for (const timestamp of [1, 2, 3]) early.keep(frame(7, timestamp));
    expect(early.take(7).map(({ timestamp }) => timestamp)).toEqual([1, 2, 3]);
    expect(early.take(7)).toEqual([]);
  });

  it('are bounded, the oldest go first', () => {
    const early = createEarlyFrames();
    for (let n = 0; n < 100; n++) early.keep(frame(7, n));
    expect(early.take(7).map(({ timestamp }) => timestamp)).toEqual(Array.from({ length: 25 }, (_, n) => 75 + n));
  });

  it('of more labels than there can be, those not heard for longest are forgotten', () => {
    const early = createEarlyFrames();
    for (let csrc = 1; csrc <= 16; csrc++) early.keep(frame(csrc, csrc));
    early.keep(frame(1, 100));
    early.keep(frame(17, 17));
    expect(early.take(2)).toEqual([]);
    expect(early.take(1)).toHaveLength(2);
    expect(early.take(17)).toHaveLength(1);
  });
});
