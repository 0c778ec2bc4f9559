import type { StampSample } from './stamp-sample.ts';

/** Stamps that are remembered of one broadcast: five seconds of its shortest frames. */
const REMEMBERED = 512;

/** PO3: the stamps of the packets of one broadcast that came lately, so that a copy is known as one even after its sound was played. */
export class SeenStamps {
  readonly #known = new Set<StampSample>();

  /** Whether it is new. */
  note(start: StampSample): boolean {
    if (this.#known.has(start)) return false;
    this.#known.add(start);
    const [oldest] = this.#known;
    if (this.#known.size > REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
    return true;
  }
}
