import type { ReceiverView } from '@loa/shared/protocol/receivers';

/** How a receiver plays beside those that play as ordered; `byMs` by how much, at least 1. */
export type Step = { readonly kind: 'in-step' } | { readonly kind: 'behind' | 'ahead'; readonly byMs: number };

/** Nobody hears two loudspeakers apart that are one step of a walk from each other, in ms. */
export const AUDIBLE_MS = 5;

/** PO16, PO70, PO111: from its report, where it means to play and where it is; null while it says nothing or has no path. */
export function stepOf({ online, report }: ReceiverView): Step | null {
  if (!online || report?.path !== 'up') return null;
  const errorMs = report.positionErrorMs ?? 0;
  const asideMs = (report.behindMs ?? 0) - (report.aheadMs ?? 0) + (Math.abs(errorMs) < AUDIBLE_MS ? 0 : errorMs);
  const byMs = Math.round(Math.abs(asideMs));
  if (byMs === 0) return { kind: 'in-step' };
  return { kind: asideMs > 0 ? 'behind' : 'ahead', byMs };
}

export function isOutOfStep(receiver: ReceiverView): boolean {
  const step = stepOf(receiver);
  return step !== null && step.kind !== 'in-step';
}
