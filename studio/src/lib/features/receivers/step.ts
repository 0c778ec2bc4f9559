import type { ReceiverView } from '@loa/shared/protocol/receivers';

/** How a receiver plays beside those that play as ordered; `byMs` by how much, at least 1. */
export type Step = { readonly kind: 'in-step' } | { readonly kind: 'behind' | 'ahead'; readonly byMs: number };

/** PO16, PO70: from its report; null while it says nothing or has no path. */
export function stepOf({ online, report }: ReceiverView): Step | null {
  if (!online || report?.path !== 'up') return null;
  const [behindMs, aheadMs] = [Math.round(report.behindMs ?? 0), Math.round(report.aheadMs ?? 0)];
  if (behindMs > 0) return { kind: 'behind', byMs: behindMs };
  return aheadMs > 0 ? { kind: 'ahead', byMs: aheadMs } : { kind: 'in-step' };
}

export function isOutOfStep(receiver: ReceiverView): boolean {
  const step = stepOf(receiver);
  return step !== null && step.kind !== 'in-step';
}
