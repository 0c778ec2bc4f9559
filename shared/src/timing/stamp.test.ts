import { describe, expect, it } from 'vitest';
import { ACQUIRE_MS, EARLY_LIMIT_MS, MAX_SLEW_PPM, REANCHOR_GAP_MS, stampPacket, type StampState } from './stamp.ts';
import { signedTicks, toServerTime, toTimestamp } from './rtp-timeline.ts';

const START = 1_700_000_000_000;

/** Feeds packets of 20 ms; `arrivalOf` says when packet n arrives relative to the start. */
function run(count: number, arrivalOf: (n: number) => number, timestampOf = (n: number) => (n * 960) >>> 0) {
  let state: StampState | null = null;
  return Array.from({ length: count }, (_, n) => {
    const arrival = START + arrivalOf(n);
    const stamped = stampPacket(state, timestampOf(n), arrival);
    state = stamped.state;
    return { ...stamped, arrival, error: stamped.stampMs - START - n * 20 };
  });
}

/** A repeatable jitter of 0 to `spread` ms. */
const jitter = (n: number, spread: number) => ((n * 7919) % 101) * (spread / 100);

describe('timeline', () => {
  it('TL1: a timestamp and its server time are each other’s inverse, also across the wrap', () => {
    for (const time of [START, START + 89_478_485, START + 89_478_486.5]) {
      expect(toServerTime(toTimestamp(time), time + 3_000)).toBeCloseTo(time, 1);
    }
    for (let n = 0; n < 10_000; n++) {
      const timestamp = (4_294_900_000 + n * 7_919) >>> 0;
      expect(toTimestamp(toServerTime(timestamp, toServerTime(timestamp, START) + n / 97))).toBe(timestamp);
    }
    expect(signedTicks(5 - 0xfffffffb)).toBe(10);
  });
});

describe('stamp', () => {
  it('TL2: jitter of the link does not reach the timestamps', () => {
    const stamped = run(1_000, (n) => n * 20 + jitter(n, 30));
    const steps = stamped.slice(60).map((s, i) => s.stampMs - (stamped[59 + i]?.stampMs ?? 0));
    expect(Math.max(...steps.map((step) => Math.abs(step - 20)))).toBeLessThanOrEqual((50 * MAX_SLEW_PPM) / 1e6);
    expect(stamped.every((s) => s.jumped === (s === stamped[0]))).toBe(true);
  });

  it('TL2: the fastest packet of the window sets the offset', () => {
    const last = run(2_000, (n) => n * 20 + 5 + jitter(n, 30)).at(-1);
    expect(last?.error).toBeGreaterThan(4.9);
    expect(last?.error).toBeLessThan(6);
  });

  it.each([-300, 300])('TL3: a source clock that is %i ppm off is followed without a jump', (ppm) => {
    const stamped = run(60_000, (n) => n * 20 * (1 + ppm / 1e6) + jitter(n, 10));
    const tail = stamped.slice(1_000);
    for (const [i, s] of tail.entries()) {
      const before = stamped[999 + i];
      const step = s.stampMs - (before?.stampMs ?? 0);
      const bound = ((s.arrival - (before?.arrival ?? 0)) * MAX_SLEW_PPM) / 1e6;
      expect(Math.abs(step - 20)).toBeLessThanOrEqual(Math.max(0, bound) + 1e-3);
      expect(s.jumped).toBe(false);
      expect(s.arrival - s.stampMs).toBeGreaterThan(-5);
      expect(s.arrival - s.stampMs).toBeLessThan(20);
    }
  });

  it('TL4: a source that comes back from a silence off its place is put anew on the timeline', () => {
    const pause = REANCHOR_GAP_MS + 100;
    const stamped = run(
      200,
      (n) => n * 20 + (n >= 100 ? pause + 87 : 0),
      (n) => (n * 960 + (n >= 100 ? pause * 48 : 0)) >>> 0,
    );
    expect(stamped[100]?.jumped).toBe(true);
    expect(stamped[100]?.stampMs).toBe(stamped[100]?.arrival);
  });

  it('TL4: one that comes back in its place stays on its timeline', () => {
    const pause = REANCHOR_GAP_MS + 100;
    const stamped = run(
      200,
      (n) => n * 20 + (n >= 100 ? pause + 15 : 0),
      (n) => (n * 960 + (n >= 100 ? pause * 48 : 0)) >>> 0,
    );
    expect(stamped[100]?.jumped).toBe(false);
    expect(stamped[100]?.error).toBeCloseTo(pause, 0);
  });

  it.each([1.05, 1.2, 2, 100])('TL7: a source that sends %d times too fast never gets ahead of the clock', (speed) => {
    const stamped = run(5_000, (n) => (n * 20) / speed);
    expect(Math.max(...stamped.map((s) => s.stampMs - s.arrival))).toBeLessThanOrEqual(EARLY_LIMIT_MS);
  });

  it('TL7: a link that becomes faster by less than the limit makes no jump', () => {
    const stamped = run(500, (n) => n * 20 + (n < 250 ? 150 : 0));
    expect(stamped.filter((s) => s.jumped)).toHaveLength(1);
  });

  it('TL4: a source that restarts its clock goes on at its arrival', () => {
    const stamped = run(
      20,
      (n) => n * 20,
      (n) => (n < 10 ? n * 960 : 3_000_000_000 + n * 960) >>> 0,
    );
    expect(stamped[10]?.jumped).toBe(true);
    expect(stamped[10]?.stampMs).toBe(stamped[10]?.arrival);
  });

  it('TL5: a late first packet does not delay the rest', () => {
    const stamped = run(100, (n) => (n === 0 ? 30 : n * 20));
    expect(stamped[2]?.error).toBe(0);
    expect(ACQUIRE_MS).toBeGreaterThan(40);
  });

  it('TL6: a link that became slower for good is followed in one jump', () => {
    const stamped = run(400, (n) => n * 20 + (n >= 100 ? 120 : 0));
    expect(stamped.filter((s) => s.jumped)).toHaveLength(2);
    expect(stamped.at(-1)?.error).toBeCloseTo(120, 0);
  });

  it('TL2: reordered packets keep their places', () => {
    const stamped = run(
      100,
      (n) => n * 20,
      (n) => ((n ^ 1) * 960) >>> 0,
    );
    expect((stamped[51]?.stampMs ?? 0) - (stamped[50]?.stampMs ?? 0)).toBeCloseTo(-20, 0);
  });

  it('TL2: a packet that comes seconds late keeps its place, and so do those after it', () => {
    const late = new Map([
      [100, 20],
      [101, 21],
      [140, 85],
    ]);
    const stamped = run(
      200,
      (n) => n * 20,
      (n) => ((late.get(n) ?? n) * 960) >>> 0,
    );
    expect(stamped.filter((s) => s.jumped)).toHaveLength(1);
    for (const [n, s] of stamped.entries()) expect(s.stampMs - START).toBeCloseTo((late.get(n) ?? n) * 20, 3);
  });

  it('TL4: a source that begins its clock anew a little behind is followed after a moment', () => {
    const stamped = run(
      200,
      (n) => n * 20,
      (n) => ((n < 100 ? n : n - 100) * 960) >>> 0,
    );
    expect(stamped.findIndex((s, n) => n > 0 && s.jumped)).toBeLessThanOrEqual(110);
    expect(stamped.at(-1)?.stampMs).toBe(stamped.at(-1)?.arrival);
  });

  it('TL1: the source’s timestamps may wrap', () => {
    const stamped = run(
      100,
      (n) => n * 20,
      (n) => (0xfffff000 + n * 960) >>> 0,
    );
    expect(stamped.at(-1)?.error).toBeCloseTo(0, 6);
  });
});
