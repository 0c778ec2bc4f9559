/** The longest that sound is handed to a card before it is heard because this process is late now and then, in ms. */
export const MAX_LEAD_MS = 60;
/** Of the delay this much is left to ask for a lost packet and to get it, in ms: the longest way there and back for which Loa is made. */
export const RESCUE_MS = 60;
/** Handed over earlier than the wait that was seen by so much, in ms. */
const LEAD_MARGIN_MS = 5;
/** Waits are judged in slices of this length, in ms … */
const SLICE_MS = 1_000;
/** … and so many of them together: what held this process up a minute ago does so again. */
const SLICES = 60;
/** The worst slice does not count: who was held up once need not be again. */
const LEFT_OUT = 1;

/**
 * PO110: how long before its time sound is to be handed over, from how long this process lets its card wait from turn to turn. It moves nothing: a
 * sample is heard when it was to be heard, but a turn that is late by less than this is not missed.
 */
export class HandOver {
  #slices: number[] = [];
  #sliceMs = Number.NEGATIVE_INFINITY;
  #worst = 0;
  #leadMs = 0;

  /** Notes a turn at own time `nowMs`, `sinceMs` after the one before. */
  note(sinceMs: number, nowMs: number): void {
    if (nowMs - this.#sliceMs >= SLICE_MS) {
      this.#slices = [...this.#slices, this.#worst].slice(-SLICES);
      this.#sliceMs = nowMs;
      this.#worst = 0;
    }
    this.#worst = Math.max(this.#worst, sinceMs);
  }

  /**
   * The lead, in ms; 0: what the card wants by itself is enough.
   * @param delayMs What is ordered.
   * @param neededMs With which delay packets come in time at the present lead (PO32); null: it is not known, and the lead stays.
   */
  leadMs(delayMs: number, neededMs: number | null): number {
    if (neededMs === null) return this.#leadMs;
    const wayMs = Math.max(0, neededMs - this.#leadMs);
    const roomMs = Math.max(0, delayMs - RESCUE_MS - wayMs);
    this.#leadMs = Math.floor(Math.min(this.#wantedMs(), roomMs, MAX_LEAD_MS));
    return this.#leadMs;
  }

  #wantedMs(): number {
    const worstFirst = [...this.#slices, this.#worst].sort((a, b) => b - a);
    return (worstFirst[LEFT_OUT] ?? 0) + LEAD_MARGIN_MS;
  }
}
