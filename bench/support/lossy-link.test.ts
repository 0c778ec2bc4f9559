import { describe, expect, it } from 'vitest';
import { carryPackets, type LossyLink } from './lossy-link.ts';
import { burstLoss, burstModel, randomLoss, type LossPattern } from './loss-pattern.ts';

const COUNT = 3_000;
const LINK = { delayMs: 20, jitterMs: 10, seed: 3, asksAgain: true };
const NOTHING: LossPattern = {
  losesPacket: () => false,
  losesQuestion: () => false,
  losesRepetition: () => false,
};
const cameOf = (link: LossyLink): Set<number> => new Set(carryPackets(COUNT, link).map(({ index }) => index));

describe('packets over a link', () => {
  it('come within its delay plus or minus its jitter, in the order of arrival', () => {
    const carried = carryPackets(COUNT, { ...LINK, loss: NOTHING });
    expect(new Set(carried.map(({ index }) => index)).size).toBe(COUNT);
    const first = new Map<number, number>();
    for (const { index, arrivalMs } of carried) first.set(index, Math.min(arrivalMs, first.get(index) ?? Infinity));
    const ways = [...first].map(([index, arrivalMs]) => arrivalMs - index * 20);
    expect(Math.min(...ways)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...ways)).toBeLessThanOrEqual(30);
    const arrivals = carried.map(({ arrivalMs }) => arrivalMs);
    expect(arrivals).toEqual([...arrivals].sort((one, other) => one - other));
  });

  it('are lost where nobody asks again, and only those', () => {
    const loss = randomLoss(0.1, 5);
    const came = cameOf({ ...LINK, loss, asksAgain: false });
    expect(Array.from({ length: COUNT }, (_, n) => n).every((n) => came.has(n) !== loss.losesPacket(n))).toBe(true);
  });

  it('that were lost come again where the receiver asks, a round trip after they were missed (PO61)', () => {
    const isLost = (index: number): boolean => index % 50 === 10;
    const carried = carryPackets(COUNT, { ...LINK, jitterMs: 0, loss: { ...NOTHING, losesPacket: isLost } });
    const late = carried.filter(({ index }) => isLost(index)).map(({ index, arrivalMs }) => arrivalMs - index * 20);
    // The first one is missed when the next one comes, all others when they ought to have come.
    expect(late).toEqual(late.map((_value, n) => (n === 0 ? 80 : 62)));
    expect(late.length).toBe(COUNT / 50);
  });

  it.each([
    ['random', (seed: number) => randomLoss(0.05, seed), 0.01],
    ['burst', (seed: number) => burstLoss(burstModel(0.05, 3), seed), 0.02],
  ])('of which a twentieth is lost, %s, nearly all come', (_name, make, allowed) => {
    expect(cameOf({ ...LINK, loss: make(5) }).size).toBeGreaterThan(COUNT * (1 - allowed));
  });

  it('PO60, PO61: of which a fiftieth is lost are there in time for 150 ms, as a lost chirp has it, but for one in fifty', () => {
    // A receiver hands sound over some 24 ms before it is heard. On 27 November one in fourteen was not there by then, and chirps were lost.
    const neededMs = 150 - 24;
    const loss = randomLoss(0.02, 5);
    const count = 15_000;
    const inTime = new Set(
      carryPackets(count, { ...LINK, loss })
        .filter(({ index, arrivalMs }) => arrivalMs - index * 20 <= neededMs)
        .map(({ index }) => index),
    );
    const lost = Array.from({ length: count }, (_, n) => n).filter((n) => loss.losesPacket(n));
    expect(lost.length).toBeGreaterThan(250);
    expect(lost.filter((n) => !inTime.has(n)).length).toBeLessThan(lost.length / 50);
  });
});
