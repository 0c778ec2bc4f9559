import { describe, expect, it } from 'vitest';
import { EXTRA_DELAY_KEPT_MS, EXTRA_DELAY_UNUSED_MS, Lateness, MAX_EXTRA_DELAY_MS } from './lateness.ts';

const ORDERED_MS = 60;

/** A packet every 20 ms; `leadMs` says how much before its time each one comes, without the delay that was added. */
function receive(lateness: Lateness, fromMs: number, untilMs: number, leadMs: (atMs: number) => number): void {
  for (let atMs = fromMs; atMs < untilMs; atMs += 20)
    lateness.note((leadMs(atMs) + lateness.extraMs(ORDERED_MS)) * 48, atMs, ORDERED_MS);
}

const after = (untilMs: number, leadMs: (atMs: number) => number): number => {
  const lateness = new Lateness();
  receive(lateness, 0, untilMs, leadMs);
  return lateness.extraMs(ORDERED_MS);
};

describe('delay that a receiver adds', () => {
  it('PO16: is what packets that keep coming late need, within a second and a half', () => {
    expect(after(1_500, () => -120)).toBeGreaterThanOrEqual(120);
    expect(after(1_500, () => -120)).toBeLessThan(150);
    expect(after(60_000, () => -120)).toBeLessThan(150);
    expect(after(60_000, (at) => (at % 60 === 0 ? -30 : 10))).toBeGreaterThanOrEqual(30);
  });

  it('PO16: is nothing for a single standstill, however long, that lets all packets of it come at once', () => {
    const lateness = new Lateness();
    receive(lateness, 0, 3_000, () => 40);
    for (let behindMs = 1_000; behindMs > 0; behindMs -= 20) lateness.note((40 - behindMs) * 48, 4_000, ORDERED_MS);
    receive(lateness, 4_000, 10_000, () => 40);
    expect(lateness.extraMs(ORDERED_MS)).toBe(0);
  });

  it('PO16: is nothing for a few packets that came late because they were asked for again', () => {
    expect(after(60_000, (at) => (at % 200 === 0 ? -50 : 40))).toBe(0);
  });

  it('PO16: is nothing any more when the order has come up to it, without a move', () => {
    const lateness = new Lateness();
    receive(lateness, 0, 2_000, () => -120);
    const { leastMs } = lateness;
    expect(lateness.extraMs(leastMs - 10)).toBe(10);
    expect(lateness.extraMs(leastMs)).toBe(0);
    expect(lateness.leastMs).toBe(leastMs);
  });

  it('PO16: is bounded', () => {
    expect(after(60_000, () => -50_000)).toBe(MAX_EXTRA_DELAY_MS);
  });

  it('PO16: is given up in a pause when nothing has needed it for long, or in a long silence', () => {
    const lateness = new Lateness();
    receive(lateness, 0, 2_000, () => -120);
    receive(lateness, 2_000, 12_000, () => 60);
    lateness.notePause();
    expect(lateness.extraMs(ORDERED_MS)).toBeGreaterThan(0);
    receive(lateness, 12_000, 12_100 + EXTRA_DELAY_UNUSED_MS, () => 60);
    expect(lateness.extraMs(ORDERED_MS)).toBeGreaterThan(0);
    lateness.notePause();
    expect(lateness.extraMs(ORDERED_MS)).toBe(0);
    receive(lateness, 100_000, 102_000, () => -120);
    lateness.noteSilence(EXTRA_DELAY_KEPT_MS);
    expect(lateness.extraMs(ORDERED_MS)).toBe(0);
  });
});
