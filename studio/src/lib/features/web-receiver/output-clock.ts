/** Samples of the output clock that are looked at together: ten seconds. */
export const OUTPUT_CLOCK_SAMPLES = 20;
/** A sample this far from the others means that the output stood still, in ms. */
export const OUTPUT_CLOCK_STEP_MS = 100;

/**
 * When a sample of the audio context is heard, in own time: browsers say it with some jitter, and the sound card's clock drifts
 * against the computer's; the median of the last samples follows the drift and not the jitter.
 */
export class OutputClock {
  #offsets: number[] = [];

  /** The context's time `contextMs` is heard at own time `heardAtMs`. */
  note(contextMs: number, heardAtMs: number): void {
    const offset = heardAtMs - contextMs;
    const known = this.offsetMs;
    if (known !== null && Math.abs(offset - known) > OUTPUT_CLOCK_STEP_MS) this.#offsets = [];
    this.#offsets = [...this.#offsets, offset].slice(-OUTPUT_CLOCK_SAMPLES);
  }

  /** Own time at which a sample is heard minus its context time; null before the first note. */
  get offsetMs(): number | null {
    const sorted = [...this.#offsets].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? null;
  }
}
