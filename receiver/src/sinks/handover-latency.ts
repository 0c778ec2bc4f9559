/** Reports that are looked at together: ten seconds of them. */
const REPORTS = 200;
/** So many of them have to say it, or it was said by mistake: one report too high would have sound handed over too early for minutes. */
const WITNESSES = 3;

/**
 * How long a sample that is handed over now may be under way, in ms, from what a sound server said lately. It is as high as the highest that several reports
 * reach: what a server needed a few seconds ago it needs again.
 */
export class HandoverLatency {
  readonly #reports: number[] = [];
  #at = 0;
  #ms: number;

  /** `firstMs`: what is taken for true until the server has said enough. */
  constructor(firstMs: number) {
    this.#ms = firstMs;
  }

  note(latencyMs: number): void {
    this.#reports[this.#at] = latencyMs;
    this.#at = (this.#at + 1) % REPORTS;
    // It is asked for in every turn of the player, and changes with reports only.
    if (this.#reports.length >= WITNESSES)
      this.#ms = Float64Array.from(this.#reports).sort().at(-WITNESSES) ?? this.#ms;
  }

  get ms(): number {
    return this.#ms;
  }
}
