import { SAMPLES_PER_MS } from './stamp-sample.ts';

/** Arrivals are judged in slices of this length, in ms. */
export const LATE_SLICE_MS = 250;
/** Share of the packets of a slice that must have come too late for it to count … */
export const LATE_SHARE = 0.2;
/** … and so many such slices in a row before delay is added: what was held up once comes all at once, and is over. */
export const LATE_SLICES = 4;
/** Share of the packets that may still be late afterwards. */
const LATE_LEFT = 0.05;
/** Added on top of the lateness that was seen, in ms. */
export const LATENESS_MARGIN_MS = 10;
/** Largest delay that a receiver adds on its own, in ms. */
export const MAX_EXTRA_DELAY_MS = 1_000;
/** After this long without any broadcast the added delay is given up, in ms. */
export const EXTRA_DELAY_KEPT_MS = 60_000;
/** In a pause it is given up when every packet of so long would have been in time without it, in ms. */
export const EXTRA_DELAY_UNUSED_MS = 30_000;
/** Packets of one slice that are looked at; many more than there are. */
const MAX_NOTED = 1_000;

/**
 * PO16: a receiver whose packets keep coming after their time would be silent. It plays later instead, out of step but
 * audible, and says so in its report. What it needs is a delay of its own; when the order of the server comes up to that, it is in step again.
 */
export class Lateness {
  /** Leads of the slice that is filling and of the bad ones before it. */
  #slice: number[] = [];
  #bad: number[][] = [];
  #sliceStartMs = Number.NEGATIVE_INFINITY;
  #lastMs = Number.NEGATIVE_INFINITY;
  /** When a packet last needed the added delay. */
  #neededMs = Number.NEGATIVE_INFINITY;
  /** Least delay that it plays with, whatever was ordered; 0: as ordered. */
  #leastMs = 0;

  /** Notes a packet that came `lead` samples before its time (negative: after it), at server time `nowMs`, while `orderedMs` of delay hold for all. */
  note(lead: number, nowMs: number, orderedMs: number): void {
    const sinceMs = nowMs - this.#sliceStartMs;
    if (sinceMs >= LATE_SLICE_MS || sinceMs < 0) {
      this.#closeSlice(orderedMs);
      if (Math.abs(nowMs - this.#lastMs) > LATE_SLICE_MS * LATE_SLICES) this.#bad = [];
      this.#sliceStartMs = nowMs;
    }
    this.#lastMs = nowMs;
    if (lead < (this.extraMs(orderedMs) + LATENESS_MARGIN_MS) * SAMPLES_PER_MS) this.#neededMs = nowMs;
    if (this.#slice.length < MAX_NOTED) this.#slice.push(lead);
  }

  /** Called while nothing is on air; `silentMs` is how long that has been so. */
  noteSilence(silentMs: number): void {
    if (silentMs >= EXTRA_DELAY_KEPT_MS) this.#giveUp();
  }

  /** Called while what is on air pauses: nobody hears a change now. */
  notePause(): void {
    if (this.#leastMs > 0 && this.#lastMs - this.#neededMs >= EXTRA_DELAY_UNUSED_MS) this.#giveUp();
  }

  get leastMs(): number {
    return this.#leastMs;
  }

  /** By how much it plays behind those that play as ordered, in ms. */
  extraMs(orderedMs: number): number {
    return Math.max(0, this.#leastMs - orderedMs);
  }

  #closeSlice(orderedMs: number): void {
    const slice = this.#slice;
    this.#slice = [];
    if (slice.length === 0) return;
    const late = slice.filter((lead) => lead < 0).length;
    this.#bad = late >= slice.length * LATE_SHARE ? [...this.#bad, slice] : [];
    if (this.#bad.length < LATE_SLICES) return;
    const leads = this.#bad.flat().sort((a, b) => a - b);
    const worstMs = Math.max(0, -(leads[Math.floor(leads.length * LATE_LEFT)] ?? 0) / SAMPLES_PER_MS);
    const extraMs = Math.ceil(this.extraMs(orderedMs) + worstMs + LATENESS_MARGIN_MS);
    this.#leastMs = orderedMs + Math.min(MAX_EXTRA_DELAY_MS, extraMs);
    this.#bad = [];
  }

  #giveUp(): void {
    this.#leastMs = 0;
    this.#slice = [];
    this.#bad = [];
  }
}
