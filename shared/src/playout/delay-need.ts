/** Packets that are looked at together: ten seconds of one broadcast. */
const PACKETS = 500;
/** Fewer say nothing. */
const ENOUGH = 100;
/** Share of the packets that would come in time: what is lost and asked for again is late in any case. */
const IN_TIME = 0.98;

/** PO32: the least playout delay with which nearly all packets of the last seconds would have come in time. */
export class DelayNeed {
  #needs: number[] = [];
  #at = 0;

  /** Notes a packet that would have been in time, just so, with this delay, in ms. */
  note(delayMs: number): void {
    this.#needs[this.#at] = delayMs;
    this.#at = (this.#at + 1) % PACKETS;
  }

  /** Nothing has come for long: what was needed then need not be needed any more. */
  forget(): void {
    this.#needs = [];
    this.#at = 0;
  }

  /** In ms; null while there were too few packets. */
  get ms(): number | null {
    if (this.#needs.length < ENOUGH) return null;
    const sorted = [...this.#needs].sort((a, b) => a - b);
    return Math.max(0, sorted[Math.floor(IN_TIME * (sorted.length - 1))] ?? 0);
  }
}
