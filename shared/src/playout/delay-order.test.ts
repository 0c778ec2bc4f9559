import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DELAY_SLEW_PPM,
  delayOfStamp,
  MAX_PLAYOUT_DELAY_MS,
  MIN_PLAYOUT_DELAY_MS,
  moveTimeMs,
  paceAt,
  stampHeardAt,
} from './delay-order.ts';

const START_MS = 1_700_000_000_000;
const delay = fc.integer({ min: MIN_PLAYOUT_DELAY_MS, max: MAX_PLAYOUT_DELAY_MS });
const orders = fc
  .record({ playoutDelayMs: delay, previousMs: delay })
  .map(({ playoutDelayMs, previousMs }) => ({ playoutDelayMs, delayMove: { previousMs, fromMs: START_MS } }));

/** Shorter than any move: the shortest one, of 1 ms, takes 500 ms. */
const STEP_MS = 100;

describe('delay by order', () => {
  it('PO31: moves from the old to the new one, at the stated pace, and stays there', () => {
    const order = { playoutDelayMs: 200, delayMove: { previousMs: 60, fromMs: START_MS } };
    const until = START_MS + moveTimeMs(140);
    expect(moveTimeMs(140)).toBe(70_000);
    expect(
      [START_MS - 1e6, START_MS, (START_MS + until) / 2, until, until + 1e9].map((at) => delayOfStamp(order, at)),
    ).toEqual([60, 60, 130, 200, 200]);
    expect(delayOfStamp({ playoutDelayMs: 200 }, START_MS)).toBe(200);
    expect(delayOfStamp({ playoutDelayMs: 200, delayMove: null }, 0)).toBe(200);
  });

  it('PO31: what is heard at an instant is the stamp whose delay ends then, whatever moves whither', () => {
    fc.assert(
      fc.property(orders, fc.integer({ min: -100_000, max: 3_000_000 }), (order, sinceMs) => {
        const stampMs = START_MS + sinceMs;
        expect(stampHeardAt(order, stampMs + delayOfStamp(order, stampMs))).toBeCloseTo(stampMs, 2);
      }),
    );
  });

  it('PO31: no stamp is left out and none is heard twice, and the pace is the one that is told', () => {
    fc.assert(
      fc.property(orders, fc.integer({ min: -100_000, max: 3_000_000 }), (order, sinceMs) => {
        const heardMs = START_MS + sinceMs;
        const stepMs = stampHeardAt(order, heardMs + STEP_MS) - stampHeardAt(order, heardMs);
        expect(Math.abs(stepMs / STEP_MS - 1)).toBeLessThan((DELAY_SLEW_PPM + 10) / 1e6);
        if (paceAt(order, heardMs) === paceAt(order, heardMs + STEP_MS))
          expect(stepMs / STEP_MS).toBeCloseTo(paceAt(order, heardMs), 4);
      }),
    );
  });
});
