/** What a broadcast is in the mix: `main` alone at full level, `overlay` on top, `ducked` below an overlay. */
export type Role = 'main' | 'overlay' | 'ducked';

export interface Candidate {
  readonly tag: number;
  readonly rank: number;
  readonly overlay: boolean;
}

/** A broadcast without packets for this long is no longer considered, in ms (PROTOCOL.md, "Bus packets"). */
export const PRESENCE_TIMEOUT_MS = 500;

/**
 * PO6, PO7: who is heard among the broadcasts that are present. Highest rank first, lowest tag among equals. If that one is
 * an overlay, the highest replacing one below it goes on, ducked. The order of the input does not matter.
 */
export function selectRoles(candidates: readonly Candidate[]): ReadonlyMap<number, Role> {
  const roles = new Map<number, Role>();
  const best = highest(candidates);
  if (best === undefined) return roles;
  if (!best.overlay) return roles.set(best.tag, 'main');
  roles.set(best.tag, 'overlay');
  const below = highest(candidates.filter((candidate) => !candidate.overlay));
  if (below !== undefined) roles.set(below.tag, 'ducked');
  return roles;
}

function highest(candidates: readonly Candidate[]): Candidate | undefined {
  let best: Candidate | undefined;
  for (const candidate of candidates) {
    if (best === undefined || outranks(candidate, best)) best = candidate;
  }
  return best;
}

function outranks(a: Candidate, b: Candidate): boolean {
  return a.rank !== b.rank ? a.rank > b.rank : a.tag < b.tag;
}
