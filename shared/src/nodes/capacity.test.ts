import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boundedCost,
  CAPACITY,
  foldCost,
  lookAtBusy,
  NOT_BUSY,
  packetCostUs,
  placesFor,
  steadyPlaces,
  takenUpTo,
} from './capacity.ts';

/** Ten seconds of a worker that sends at `us` a packet. */
const sent = (packets: number, us: number, joins = 0) => ({
  cpuMs: (packets * us) / 1_000 + 70,
  wallMs: 10_000,
  packets,
  joins,
});

describe('NP30: what a packet costs', () => {
  it('is the processor time beyond what an idle worker uses, for each packet', () => {
    expect(packetCostUs(sent(100_000, 15))).toBeCloseTo(15, 6);
  });

  it('is not measured with few packets, nor while clients join', () => {
    expect(packetCostUs(sent(CAPACITY.leastPackets - 1, 15))).toBeNull();
    expect(packetCostUs(sent(CAPACITY.leastPackets, 15))).not.toBeNull();
    expect(packetCostUs(sent(100_000, 15, CAPACITY.mostJoins + 1))).toBeNull();
    expect(packetCostUs({ cpuMs: 70, wallMs: 10_000, packets: 0, joins: 0 }, 0)).toBeNull();
  });

  it('does not depend on how long the wall clock took: another process was busy', () => {
    const calm = packetCostUs(sent(100_000, 15)) ?? 0;
    const crowded = packetCostUs({ ...sent(100_000, 15), wallMs: 20_000 }) ?? 0;
    expect(crowded).toBeLessThanOrEqual(calm);
    expect(crowded).toBeGreaterThan(0.9 * calm);
  });

  it('makes the places of a worker: a safe share of a core for a programme and an overlay each', () => {
    expect(placesFor(14, 1)).toBe(500);
    expect(placesFor(14, 3)).toBe(1_500);
    expect(placesFor(40, 1)).toBe(175);
    expect(placesFor(40, 1, 0.001)).toBe(1);
  });
});

describe('NP31: an estimate', () => {
  it('stays within what a machine may have, whatever is measured', () => {
    const measurements = fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(measurements, (all) => {
        const estimate = all.reduce(foldCost, CAPACITY.startUs);
        expect(estimate).toBeGreaterThanOrEqual(CAPACITY.leastUs);
        expect(estimate).toBeLessThanOrEqual(CAPACITY.mostUs);
      }),
    );
    expect([boundedCost(0), boundedCost(1_000)]).toEqual([CAPACITY.leastUs, CAPACITY.mostUs]);
  });

  it('comes to what is measured again and again, and one look that is far off moves it little', () => {
    let estimate = CAPACITY.startUs as number;
    for (let n = 0; n < 20; n++) estimate = foldCost(estimate, 10);
    expect(estimate).toBeCloseTo(10, 1);
    expect(foldCost(10, CAPACITY.mostUs)).toBeLessThanOrEqual(16);
  });

  it('that swings by a tenth moves no places at all', () => {
    let places = placesFor(14, 1);
    let estimate = 14;
    for (let n = 0; n < 100; n++) {
      estimate = foldCost(estimate, n % 2 === 0 ? 14 * 1.1 : 14 * 0.9);
      places = steadyPlaces(places, placesFor(estimate, 1));
      expect(places).toBe(500);
    }
    for (let n = 0; n < 30; n++) {
      estimate = foldCost(estimate, 20);
      places = steadyPlaces(places, placesFor(estimate, 1));
    }
    expect(places).toBeLessThan(400);
    expect(places).toBeGreaterThanOrEqual(350);
  });
});

describe('NP32: a pump that does too much', () => {
  const after = (...shares: number[]) => shares.reduce((busy, share) => lookAtBusy(busy, share), NOT_BUSY).busy;

  it('is busy at the second look in a row, and until it does clearly less', () => {
    expect([after(0.8), after(0.8, 0.5, 0.8), after(0.8, 0.8)]).toEqual([false, false, true]);
    expect([after(0.8, 0.8, 0.65), after(0.8, 0.8, 0.65, 0.59)]).toEqual([true, false]);
  });

  it('takes nobody new, and keeps the places of those it had', () => {
    expect([takenUpTo(500, 120, false, null), takenUpTo(500, 120, true, null)]).toEqual([500, 120]);
  });
});

describe('NP33: who had a place', () => {
  it('keeps it when an estimate says that there are fewer; a setting is never exceeded', () => {
    expect(takenUpTo(300, 420, false, null)).toBe(420);
    expect(takenUpTo(500, 0, false, 100)).toBe(100);
    expect(takenUpTo(50, 0, false, 100)).toBe(50);
  });
});
