import { describe, expect, it } from 'vitest';
import { DeviceProgress, parsePacatProgress } from './device-progress.ts';

/** Reports every 50 ms, rounded to a millisecond as `pacat` does it and read with a delay; `startOf` is the truth. */
function read(progress: DeviceProgress, fromMs: number, untilMs: number, startOf: (atMs: number) => number): number[] {
  const errors: number[] = [];
  let seed = 1;
  const chance = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  for (let atMs = fromMs; atMs < untilMs; atMs += 50 + chance()) {
    const delayMs = chance() < 0.1 ? 8 * chance() : 0.2 * chance();
    const playedMs = Math.round(atMs - startOf(atMs));
    errors.push(progress.note(atMs + delayMs, playedMs) - startOf(atMs));
  }
  return errors;
}

/** The same for a sound server that tells to a few microseconds. */
function readExact(progress: DeviceProgress, fromMs: number, untilMs: number, startOf: (atMs: number) => number) {
  const errors: number[] = [];
  for (let atMs = fromMs; atMs < untilMs; atMs += 50)
    errors.push(progress.note(atMs, atMs - startOf(atMs) + 0.02 * Math.sin(atMs)) - startOf(atMs));
  return errors;
}

const worst = (errors: readonly number[]): number => Math.max(...errors.map(Math.abs));

describe('progress of a sound card', () => {
  it('reads the last report of a piece of output', () => {
    const text =
      'Stream started.\nTime: 0.100 sec; Latency: 20000 usec.        \rTime: 0.150 sec; Latency: 19000 usec.';
    expect(parsePacatProgress(text)).toBe(150);
    expect(parsePacatProgress('Connection established.')).toBeNull();
  });

  it('PO28: is known to a fraction of the rounding, and late reports move nothing', () => {
    const errors = read(new DeviceProgress(), 0, 60_000, () => 1_000);
    expect(worst(errors.slice(100))).toBeLessThan(0.25);
    expect(worst(errors.slice(400))).toBeLessThan(0.2);
  });

  it.each([-200, 50, 200])('PO28: follows a card that drifts by %d ppm', (ppm) => {
    const errors = read(new DeviceProgress(), 0, 60_000, (atMs) => 1_000 + (atMs * ppm) / 1e6);
    expect(worst(errors.slice(400))).toBeLessThan(0.25);
  });

  it('PO28: a card that began anew somewhere else is believed within half a second', () => {
    const progress = new DeviceProgress();
    read(progress, 0, 10_000, () => 1_000);
    expect(progress.interruptions).toBe(0);
    expect(worst(read(progress, 10_000, 12_000, () => 1_015).slice(12))).toBeLessThan(1);
    expect(progress.interruptions).toBe(1);
  });

  it.each([-1.2, 0.6, 1.8])(
    'PO28: a card that goes on %d ms elsewhere is believed within half a second, too',
    (movedMs) => {
      const progress = new DeviceProgress();
      const startOf = (atMs: number): number => 1_000 + (atMs * 190) / 1e6;
      readExact(progress, 0, 20_000, startOf);
      const errors = readExact(progress, 20_000, 23_000, (atMs) => startOf(atMs) + movedMs);
      expect(worst(errors.slice(12))).toBeLessThan(0.1);
      expect(progress.interruptions).toBe(0);
    },
  );

  it('PO28: reports that scatter by the rounding are no card that goes on elsewhere', () => {
    const progress = new DeviceProgress();
    const errors = read(progress, 0, 120_000, (atMs) => 1_000 + (atMs * 100) / 1e6);
    expect(worst(errors.slice(400))).toBeLessThan(0.25);
    expect(progress.interruptions).toBe(0);
  });
});
