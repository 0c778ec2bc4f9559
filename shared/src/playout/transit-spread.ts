/** Packets over which the spread is taken: five seconds of one broadcast. */
export const TRANSIT_WINDOW = 250;

/** How unevenly packets arrive: the 95th percentile of (arrival minus stamp) above its minimum, over the last packets. */
export class TransitSpread {
  readonly #values: number[] = [];
  #at = 0;

  note(transit: number): void {
    this.#values[this.#at] = transit;
    this.#at = (this.#at + 1) % TRANSIT_WINDOW;
  }

  /** In the unit of what was noted; 0 before the first packet. */
  spread(): number {
    const sorted = [...this.#values].sort((a, b) => a - b);
    const high = sorted[Math.floor(0.95 * (sorted.length - 1))] ?? 0;
    return high - (sorted[0] ?? 0);
  }
}
