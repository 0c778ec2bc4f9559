import type { ClockEstimate } from '@loa/shared/timing/clock-offset';
import type { PageStats } from './page-playout.ts';

/** PO90: a page that may be further from its place says nothing of being in step, in ms: sound takes as long for seven metres. */
export const IN_STEP_MS = 20;

export type BehindCause = 'packets' | 'output' | 'both' | 'unknown';

/** Where a page plays beside the others, as far as it was measured; `errorMs` is how far that may be wrong, rounded up. */
export type PageStep =
  | { readonly kind: 'unmeasured'; readonly missing: 'clock' | 'output' }
  | { readonly kind: 'behind'; readonly behindMs: number; readonly errorMs: number | null; readonly cause: BehindCause }
  | { readonly kind: 'apart'; readonly errorMs: number }
  | { readonly kind: 'in-step'; readonly errorMs: number };

/**
 * PO90: a page is in step only if it has measured that: it knows the server's clock, when a sample is heard, and how far that is from its place.
 * @param behindMs by how much it means to play after the others.
 */
export function pageStep(stats: PageStats, clock: ClockEstimate | null, behindMs: number): PageStep {
  const errorMs = errorOf(stats, clock);
  if (behindMs > 0) return { kind: 'behind', behindMs, errorMs, cause: behindBecause(stats, behindMs) };
  if (errorMs === null) {
    const isOutput = stats.outputErrorMs === null || stats.positionErrorMs === null;
    return { kind: 'unmeasured', missing: isOutput ? 'output' : 'clock' };
  }
  return { kind: errorMs <= IN_STEP_MS ? 'in-step' : 'apart', errorMs };
}

/** What makes a page play `behindMs` after the others. */
export function behindBecause({ extraDelayMs }: PageStats, behindMs: number): BehindCause {
  if (extraDelayMs === null) return 'unknown';
  if (extraDelayMs <= 0) return 'output';
  // Both are rounded.
  return behindMs - extraDelayMs > 1 ? 'both' : 'packets';
}

function errorOf({ positionErrorMs, outputErrorMs }: PageStats, clock: ClockEstimate | null): number | null {
  if (positionErrorMs === null || outputErrorMs === null || clock === null) return null;
  return Math.ceil(Math.abs(positionErrorMs) + outputErrorMs + clock.errorMs);
}
