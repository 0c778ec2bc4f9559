import { DeviceProgress } from './device-progress.ts';

/** A card that has just begun tells where it was a moment ago: it is believed after so many reports in a row that agree to this, in ms … */
const FIRST_REPORTS = 4;
const AGREEMENT_MS = 1;
/** … but not later than after so many. */
const MAX_FIRST_REPORTS = 20;

/** PO28: when a stream that a sound card plays was begun, from what the card says of its progress; one for each stream. */
export class CardClock {
  #progress = new DeviceProgress();
  #interruptions = 0;
  #reports = 0;
  #agreeing = 0;
  #reportedMs = 0;
  #startMs = 0;
  #isBelieved = false;

  /** The card said that `playedMs` of the stream were heard at own time `atMs`. */
  note(atMs: number, playedMs: number): void {
    const startMs = atMs - playedMs;
    const agrees = this.#reports > 0 && Math.abs(startMs - this.#reportedMs) <= AGREEMENT_MS;
    this.#reportedMs = startMs;
    this.#reports += 1;
    this.#agreeing = agrees ? this.#agreeing + 1 : 1;
    if (!this.#isBelieved && !agrees) this.#progress = new DeviceProgress();
    this.#startMs = this.#progress.note(atMs, playedMs);
    this.#isBelieved ||= this.#agreeing >= FIRST_REPORTS || this.#reports >= MAX_FIRST_REPORTS;
  }

  get isBelieved(): boolean {
    return this.#isBelieved;
  }

  /** Own time, in ms, at which the first sample of the stream was heard, as the card goes now. */
  get startMs(): number {
    return this.#startMs;
  }

  /** Whether what was heard was interrupted since the last call. */
  takeInterruption(): boolean {
    const before = this.#interruptions;
    this.#interruptions = this.#progress.interruptions;
    return this.#interruptions !== before;
  }
}
