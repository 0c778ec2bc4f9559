import { SAMPLES_PER_MS } from './stamp-sample.ts';

/** Packets looked at together when judging whether a path is too slow for the playout delay. */
export const LATENESS_WINDOW = 25;
/** Share of them that must have come too late before delay is added. */
export const LATE_SHARE = 0.2;
/** Added on top of the lateness that was seen, in ms. */
export const LATENESS_MARGIN_MS = 10;
/** Largest delay that a receiver adds on its own, in ms. */
export const MAX_EXTRA_DELAY_MS = 1_000;
/** After this long without any broadcast the added delay is given up, in ms. */
export const EXTRA_DELAY_KEPT_MS = 60_000;

/**
 * PO16: a receiver whose packets keep coming after their time would be silent. It plays later instead, out of step but
 * audible, and says so in its report. Delay is only added here; it goes back to zero in a long pause.
 */
export class Lateness {
  #lead: number[] = [];
  #extraMs = 0;

  /** Notes a packet that came `lead` samples before its time (negative: after it). */
  note(lead: number): void {
    this.#lead.push(lead);
    if (this.#lead.length < LATENESS_WINDOW) return;
    const late = this.#lead.filter((value) => value < 0);
    if (late.length >= LATENESS_WINDOW * LATE_SHARE) {
      const worstMs = -Math.min(...late) / SAMPLES_PER_MS;
      this.#extraMs = Math.min(MAX_EXTRA_DELAY_MS, Math.ceil(this.#extraMs + worstMs + LATENESS_MARGIN_MS));
    }
    this.#lead = [];
  }

  /** Called while nothing is on air; `silentMs` is how long that has been so. */
  noteSilence(silentMs: number): void {
    if (silentMs < EXTRA_DELAY_KEPT_MS) return;
    this.#extraMs = 0;
    this.#lead = [];
  }

  get extraMs(): number {
    return this.#extraMs;
  }
}
