import { describe, expect, it } from 'vitest';
import { DUCK_DB, DUCK_MS, fromDb, UNDUCK_MS } from '@loa/shared/playout/gain';
import { toneAmplitudes } from '../../receiver/test/support/sound.ts';
import { chance } from '../../receiver/test/support/chirps.ts';
import { edgeWithin, findDuckEdges } from './duck-edges.ts';

const HZ = 1_000;
const WINDOW_MS = 4;
const LOW = fromDb(DUCK_DB);

/** A tone that is ducked and comes back up at these times, over another tone and some noise. */
function duckedTone(duckMs: number, unduckMs: number): number[] {
  const next = chance(5);
  const sound = Float32Array.from({ length: 6 * 48_000 }, (_, n) => {
    const ms = n / 48;
    const down = Math.min(1, Math.max(0, (ms - duckMs) / DUCK_MS));
    const up = Math.min(1, Math.max(0, (ms - unduckMs) / UNDUCK_MS));
    const gain = 1 - (1 - LOW) * (down - up);
    const overlay = ms > duckMs && ms < unduckMs ? 0.3 * Math.sin((2 * Math.PI * 3_000 * n) / 48_000) : 0;
    return 0.2 * gain * Math.sin((2 * Math.PI * HZ * n) / 48_000) + overlay + (next() - 0.5) * 0.01;
  });
  return toneAmplitudes(sound, HZ, WINDOW_MS * 48);
}

describe('edges of ducking', () => {
  it.each([
    [1_000, 2_500],
    [1_001.3, 2_502.7],
    [1_777, 3_333.3],
  ])('that begin at %d and %d ms are found to a fraction of a millisecond', (duckMs, unduckMs) => {
    const edges = findDuckEdges(duckedTone(duckMs, unduckMs), WINDOW_MS);
    expect(edges.map(({ kind }) => kind)).toEqual(['duck', 'unduck']);
    expect(Math.abs((edges[0]?.atMs ?? 0) - duckMs)).toBeLessThan(0.5);
    expect(Math.abs((edges[1]?.atMs ?? 0) - unduckMs)).toBeLessThan(0.7);
    expect(edges[0]?.lastsMs).toBeCloseTo(DUCK_MS, -1);
    expect(edges[1]?.lastsMs).toBeCloseTo(UNDUCK_MS, -1);
  });

  it('are none in a steady tone', () => {
    expect(findDuckEdges(duckedTone(50_000, 60_000), WINDOW_MS)).toEqual([]);
  });

  it('are looked for within a time only', () => {
    const edges = findDuckEdges(duckedTone(1_000, 2_500), WINDOW_MS);
    expect(edgeWithin(edges, 'unduck', { fromMs: 900, untilMs: 3_000 })?.atMs).toBeCloseTo(2_500, 0);
    expect(edgeWithin(edges, 'duck', { fromMs: 1_100, untilMs: 3_000 })).toBeNull();
  });
});
