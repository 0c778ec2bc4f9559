/** A path that was lost is connected again within this time if its node still works, also on a busy machine, in ms. */
export const STUCK_MS = 1_500;
/** ND51: a node that works answers a join within this time, in ms, or sends something. */
export const UNANSWERED_MS = 400;
/** ND50: what came over the second path so long after the last of the first one, in ms, was sent when the first was silent already, however much longer its way is. */
export const WITNESS_AFTER_MS = 200;
/** ND50: what the first path was given the same time for would be there, in ms: after an outage of all that a receiver has, one of the two is heard first. */
export const WITNESS_SETTLE_MS = 100;

/** What a receiver knows of its first path when that has fallen silent; own time in ms. */
export interface SilentPath {
  /** When something came over it last. */
  readonly heardAtMs: number;
  /** When it was found silent. */
  readonly lostAtMs: number;
  /** When something came last over the second path, which is to another node; null: there is none, or it is lost as well. */
  readonly secondHeardAtMs: number | null;
}

/**
 * ND50: whether the second path bears witness that it is the first one's node that is silent, and neither the network that both come over nor this
 * receiver: it brought something while the first one brought nothing.
 */
export function hasWitness(
  { heardAtMs, secondHeardAtMs }: Pick<SilentPath, 'heardAtMs' | 'secondHeardAtMs'>,
  nowMs: number,
): boolean {
  if (secondHeardAtMs === null) return false;
  return secondHeardAtMs - heardAtMs >= WITNESS_AFTER_MS && nowMs - secondHeardAtMs >= WITNESS_SETTLE_MS;
}

/** ND50, ND51: whether a path that has been silent since it was lost, and whose node has not answered either, is waited for no longer. */
export function isGivenUp(path: SilentPath, nowMs: number): boolean {
  return hasWitness(path, nowMs) || nowMs - path.lostAtMs >= UNANSWERED_MS;
}
