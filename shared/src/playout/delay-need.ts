/** Arrivals are judged in slices of this length, in ms … */
const SLICE_MS = 1_000;
/** … and so many of them together. */
const SLICES = 10;
/** Slices with fewer packets say nothing (there are 16 of 60 ms), … */
const ENOUGH_PACKETS = 10;
/** So many slices say something. */
const ENOUGH_SLICES = 2;
/** … and the need is not what the worst two say: what stood still once comes all at once, and is over. */
const WORST_LEFT_OUT = 2;
/** Share of the packets of a slice that would come in time: what is lost and asked for again is late in any case. */
const IN_TIME = 0.98;
/** Packets of one slice that are looked at; many more than there are. */
const MAX_NOTED = 1_000;

/** PO32: the least playout delay with which nearly all packets of the last seconds would have come in time. */
export class DelayNeed {
  #slice: number[] = [];
  #sliceStartMs = Number.NEGATIVE_INFINITY;
  /** What each of the last slices needed, in ms. */
  #needs: number[] = [];

  /** Notes a packet that came at server time `nowMs` and would have been in time, just so, with this delay, in ms. */
  note(delayMs: number, nowMs: number): void {
    const sinceMs = nowMs - this.#sliceStartMs;
    if (sinceMs >= SLICE_MS || sinceMs < 0) {
      this.#closeSlice();
      this.#sliceStartMs = nowMs;
    }
    if (this.#slice.length < MAX_NOTED) this.#slice.push(delayMs);
  }

  /** Nothing has come for long: what was needed then need not be needed any more. */
  forget(): void {
    this.#slice = [];
    this.#needs = [];
  }

  /** In ms; null while there were too few packets. */
  get ms(): number | null {
    if (this.#needs.length < ENOUGH_SLICES) return null;
    const worstFirst = [...this.#needs].sort((a, b) => b - a);
    // Of two or three slices the best one: all of them need it.
    return Math.max(0, worstFirst[Math.min(WORST_LEFT_OUT, worstFirst.length - 1)] ?? 0);
  }

  #closeSlice(): void {
    const sorted = this.#slice.sort((a, b) => a - b);
    this.#slice = [];
    if (sorted.length < ENOUGH_PACKETS) return;
    this.#needs = [...this.#needs, sorted[Math.floor(IN_TIME * (sorted.length - 1))] ?? 0].slice(-SLICES);
  }
}
