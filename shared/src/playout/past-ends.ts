import type { StampSample } from './stamp-sample.ts';

/** Broadcasts that are remembered: as many as are followed at the same time. */
const REMEMBERED = 16;

/** PO9: where broadcasts ended that went by their marker, so that repeated markers, stragglers and copies do not bring them back. */
export class PastEnds {
  readonly #ends = new Map<number, StampSample>();

  note(tag: number, end: StampSample): void {
    this.#ends.delete(tag);
    this.#ends.set(tag, end);
    const [oldest] = this.#ends.keys();
    if (this.#ends.size > REMEMBERED && oldest !== undefined) this.#ends.delete(oldest);
  }

  /** Whether a packet of a broadcast that is not followed is a rest of what has ended. */
  isRest(tag: number, start: StampSample, marked: boolean): boolean {
    return marked || start < (this.#ends.get(tag) ?? 0);
  }

  /** Whether it belongs after an end and comes after its time: a slow path goes on a little longer than the one that ended. */
  isTail(tag: number, end: StampSample, position: StampSample): boolean {
    return this.#ends.has(tag) && end <= position;
  }
}
