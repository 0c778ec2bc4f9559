import type { NodeId } from '../../config/node-name.ts';
import { SILENT_AFTER_MS } from './sign.ts';

/** A Redis that lost its memory has no records for a moment. */
export const FORGET_AFTER_MS = 4_000;
/** Answers that are further apart leave open what was between them. */
const LONGEST_BREAK_MS = 2_500;

/** Since when nodes that were there have had no record in Redis, without any input or output. */
export interface AbsenceBook {
  /** One answer of Redis, at `at` (monotonic ms): these of the known nodes have no record. */
  note(missing: ReadonlySet<NodeId>, at: number): void;
  /** ND30: whether a node is gone. `heardAt`: when something came from it over the line last (monotonic ms). */
  isGone(node: NodeId, at: number, heardAt: number): boolean;
}

export function createAbsenceBook(): AbsenceBook {
  const missingSince = new Map<NodeId, number>();
  let answeredAt = Number.NEGATIVE_INFINITY;
  return {
    note(missing, at) {
      if (at - answeredAt > LONGEST_BREAK_MS) missingSince.clear();
      answeredAt = at;
      for (const node of missingSince.keys()) if (!missing.has(node)) missingSince.delete(node);
      for (const node of missing) if (!missingSince.has(node)) missingSince.set(node, at);
    },
    isGone(node, at, heardAt) {
      const since = missingSince.get(node);
      return since !== undefined && answeredAt - since >= FORGET_AFTER_MS && at - heardAt > SILENT_AFTER_MS;
    },
  };
}
