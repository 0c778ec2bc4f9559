import { describe, expect, it } from 'vitest';
import { PilotOffset } from './pilot-offset.ts';

const OFFSET_MS = 5_000;

/** A pilot a second, under way for 20 ms and up to 10 more. The door's line does not know of `driftPpm`; its last answer came at `answeredMs`. */
function hear(pilots: PilotOffset, fromS: number, untilS: number, options: { answeredMs?: number; driftPpm: number }) {
  const errors: number[] = [];
  let seed = 5;
  const chance = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  for (let second = fromS; second < untilS; second += 1) {
    const transitMs = 20 + 10 * chance();
    const atMs = second * 1_000 + transitMs;
    const answeredMs = options.answeredMs ?? atMs;
    const truth = (at: number): number => OFFSET_MS + (options.driftPpm * at) / 1e6;
    const door = { offsetMs: truth(answeredMs), answeredMs, driftPpm: 0 };
    pilots.note({ atMs, offsetMs: truth(atMs) - transitMs }, door);
    errors.push(door.offsetMs + pilots.correctionMs - truth(atMs));
  }
  return errors.map(Math.abs);
}

describe('clock while only pilots get through', () => {
  it.each([-50, 50])('PO21: an hour without an answer leaves it right to a few ms at a drift of %d ppm', (driftPpm) => {
    const pilots = new PilotOffset();
    hear(pilots, 0, 60, { driftPpm });
    const errors = hear(pilots, 60, 3_660, { driftPpm, answeredMs: 60_000 });
    expect(Math.max(...errors)).toBeLessThan(4);
  });

  it('PO21: while the door answers they change nothing, and neither do they when it never did', () => {
    const pilots = new PilotOffset();
    hear(pilots, 0, 60, { driftPpm: 50 });
    expect(pilots.correctionMs).toBe(0);
    const strangers = new PilotOffset();
    hear(strangers, 60, 120, { driftPpm: 50, answeredMs: 0 });
    expect(strangers.correctionMs).toBe(0);
  });

  it('PO21: what they made up for is handed over when the door answers again', () => {
    const pilots = new PilotOffset();
    hear(pilots, 0, 60, { driftPpm: 50 });
    hear(pilots, 60, 660, { driftPpm: 50, answeredMs: 60_000 });
    expect(Math.abs(pilots.takeCorrection() - 30)).toBeLessThan(4);
    expect(pilots.correctionMs).toBe(0);
  });
});
