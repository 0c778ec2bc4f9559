import { PRESENCE_TIMEOUT_MS } from '@loa/shared/playout/selection';
import { fromCsrc } from '@loa/shared/protocol/csrc';

/**
 * Lets only the highest broadcast of one bus through. On one bus an overlay and what it ducks are interleaved, and the
 * browser's single decoder of that bus would make noise of the two.
 */
export class BusFilter {
  readonly #seen = new Map<number, number>();

  passes(csrc: number, nowMs: number): boolean {
    this.#seen.set(csrc, nowMs);
    for (const [other, seenAt] of this.#seen) {
      if (nowMs - seenAt > PRESENCE_TIMEOUT_MS) this.#seen.delete(other);
      else if (outranks(other, csrc)) return false;
    }
    return true;
  }
}

function outranks(a: number, b: number): boolean {
  const one = fromCsrc(a);
  const other = fromCsrc(b);
  return one.rank !== other.rank ? one.rank > other.rank : one.tag < other.tag;
}
