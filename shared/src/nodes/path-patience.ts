/** A path that was lost is connected again within this time if its node still works, also on a busy machine, in ms. */
export const STUCK_MS = 1_500;
/** ND51: a node that works answers a join within this time, in ms, or sends something. */
export const UNANSWERED_MS = 400;
/** ND50: what came over the second path so long after the last of the first one, in ms, was sent when the first was silent already, however much longer its way is. */
export const WITNESS_AFTER_MS = 200;
/** ND50: what the first path was given the same time for would be there, in ms: after an outage of all that a receiver has, one of the two is heard first. */
export const WITNESS_SETTLE_MS = 100;

/** What a receiver knows in the moment in which it finds its first path silent; own time in ms. */
export interface SilentPath {
  /** When something came over it last. */
  readonly heardAtMs: number;
  /** When something came last over the second path, which is to another node; null: there is none, or it is lost as well. */
  readonly secondHeardAtMs: number | null;
}

/**
 * ND50: whether the second path bears witness that it is the first one's node that is silent, and neither the network that both come over nor this
 * receiver: it brought something while the first one brought nothing.
 */
export function hasWitness({ heardAtMs, secondHeardAtMs }: SilentPath, nowMs: number): boolean {
  if (secondHeardAtMs === null) return false;
  return secondHeardAtMs - heardAtMs >= WITNESS_AFTER_MS && nowMs - secondHeardAtMs >= WITNESS_SETTLE_MS;
}

/** ND50, ND51: how long a path that has just been found silent is waited for before another node is asked, in ms. */
export function silentPatienceMs(path: SilentPath, nowMs: number): number {
  return hasWitness(path, nowMs) ? 0 : UNANSWERED_MS;
}
