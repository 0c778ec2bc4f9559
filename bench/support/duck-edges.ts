import { DUCK_DB, fromDb } from '@loa/shared/playout/gain';
import { percentile } from './figures.ts';

/** Where a programme began to be ducked or to come back up. */
export interface DuckEdge {
  readonly kind: 'duck' | 'unduck';
  /** In ms after the first window began. */
  readonly atMs: number;
  /** How long it would take from the full level to the ducked one or back, in ms. */
  readonly lastsMs: number;
}

/** The straight part of a ramp, as shares of its height: its corners are blurred by the window and by whatever noise there is. */
const STRAIGHT = { from: 0.2, until: 0.8 };
const DUCKED = fromDb(DUCK_DB);

/**
 * The edges in the amplitude of a steady tone, one value for each `windowMs`: a straight line through each ramp says where it began. The full level is
 * taken from the values themselves, so most of the time the tone has to be on, and at its full level for a tenth of it.
 */
export function findDuckEdges(amplitudes: readonly number[], windowMs: number): DuckEdge[] {
  const full = fullLevel(amplitudes);
  const heights = amplitudes.map((amplitude) => (amplitude / full - DUCKED) / (1 - DUCKED));
  const edges: DuckEdge[] = [];
  let isUp = (heights[0] ?? 0) >= STRAIGHT.until;
  heights.forEach((height, n) => {
    const crossed = isUp ? height <= STRAIGHT.from : height >= STRAIGHT.until;
    if (!crossed) return;
    const { slope, middleMs } = lineThrough(heights, n, windowMs);
    const lastsMs = 1 / Math.abs(slope);
    // A line at half height in the middle of the ramp began half a ramp before.
    if (Number.isFinite(lastsMs)) edges.push({ kind: isUp ? 'duck' : 'unduck', atMs: middleMs - lastsMs / 2, lastsMs });
    isUp = !isUp;
  });
  return edges;
}

/** Noise makes the highest values too high: the middle of those near them is the level. */
function fullLevel(amplitudes: readonly number[]): number {
  const highest = percentile(amplitudes, 0.95);
  return percentile(
    amplitudes.filter((amplitude) => amplitude > highest * 0.9),
    0.5,
  );
}

/** Least squares through the straight part of the ramp that ends before the window `last`. */
function lineThrough(heights: readonly number[], last: number, windowMs: number): { slope: number; middleMs: number } {
  const points: { ms: number; height: number }[] = [];
  for (let n = last - 1; n >= 0; n -= 1) {
    const height = heights[n] ?? 0;
    if (height <= STRAIGHT.from || height >= STRAIGHT.until) break;
    points.push({ ms: (n + 0.5) * windowMs, height });
  }
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [ms, height] = [mean(points.map((point) => point.ms)), mean(points.map((point) => point.height))];
  const spread = points.reduce((sum, point) => sum + (point.ms - ms) ** 2, 0);
  const slope = points.reduce((sum, point) => sum + (point.ms - ms) * (point.height - height), 0) / spread;
  return { slope, middleMs: ms + (0.5 - height) / slope };
}

/** The first edge of this kind within the time, in ms after the first window began; null for none. */
export function edgeWithin(
  edges: readonly DuckEdge[],
  kind: DuckEdge['kind'],
  { fromMs, untilMs }: { fromMs: number; untilMs: number },
): DuckEdge | null {
  return edges.find((edge) => edge.kind === kind && edge.atMs >= fromMs && edge.atMs < untilMs) ?? null;
}
