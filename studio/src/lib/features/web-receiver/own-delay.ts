/** Packets need this long on their way, beside what the way from the page to the loudspeaker takes, in ms. */
export const PAGE_MARGIN_MS = 50;
/** So many readings of that way are looked at together: a page that was held up makes single ones too long. */
export const OWN_DELAY_READINGS = 9;
/** The delay that a page adds on its own account changes in steps of this, in ms, so that it settles; by one step it is not given back. */
const STEP_MS = 10;
const MAX_OWN_DELAY_MS = 500;

/** PO92: the least delay with which a page can play without losing the first packets of every broadcast. */
export class OwnDelay {
  #readings: number[] = [];
  #leastMs = 0;

  /** In ms; 0 before the first reading. */
  get leastMs(): number {
    return this.#leastMs;
  }

  /** How long a sample is under way from the page to the loudspeaker; answers whether that changed the delay. */
  note(outputMs: number, isPause: boolean): boolean {
    this.#readings = [...this.#readings, outputMs].slice(-OWN_DELAY_READINGS);
    const sorted = [...this.#readings].sort((a, b) => a - b);
    const usualMs = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
    const neededMs = Math.min(MAX_OWN_DELAY_MS, Math.ceil((usualMs + PAGE_MARGIN_MS) / STEP_MS) * STEP_MS);
    const isGivenBack = isPause && neededMs < this.#leastMs - STEP_MS;
    if (neededMs <= this.#leastMs && !isGivenBack) return false;
    this.#leastMs = neededMs;
    return true;
  }
}
