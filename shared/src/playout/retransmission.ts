/** A missing packet is asked for at most this often … */
export const MAX_ASKS = 3;
/** … with at least this much time in between, in ms, … */
export const ASK_INTERVAL_MS = 30;
/** … and so many times as long as the latest answers took: to ask before one can be there costs bytes and brings nothing. */
const ANSWER_TIME_FACTOR = 1.2;
/** Answers that are looked at: the middle one counts, because what was only overtaken comes sooner, and what was lost twice later. */
const ANSWERS = 9;
/** A longer row of missing packets is an outage and not a loss: nothing is asked for. */
export const MAX_MISSING_IN_A_ROW = 16;
/** After this long an answer would come too late for any usual playout delay, in ms. */
export const ASK_LIFE_MS = 400;

interface Missing {
  readonly sinceMs: number;
  firstAskedMs: number;
  askedAtMs: number;
  asks: number;
}

/** PO23: which sequence numbers of one bus to ask for again. Time only moves by the packets that do come. */
export class Retransmission {
  readonly #missing = new Map<number, Missing>();
  #highest: number | null = null;
  #answerTimesMs: number[] = [];

  /** Notes a packet; returns the numbers to ask for now. */
  note(sequence: number, nowMs: number): number[] {
    this.#noteAnswer(this.#missing.get(sequence), nowMs);
    this.#missing.delete(sequence);
    const highest = this.#highest ?? sequence;
    const ahead = ((sequence - highest) << 16) >> 16;
    if (ahead >= 0) this.#highest = sequence;
    if (ahead > 1 && ahead - 1 <= MAX_MISSING_IN_A_ROW) {
      for (let step = 1; step < ahead; step += 1) {
        const missing = { sinceMs: nowMs, firstAskedMs: nowMs, askedAtMs: Number.NEGATIVE_INFINITY, asks: 0 };
        this.#missing.set((highest + step) & 0xffff, missing);
      }
    }
    return this.#due(nowMs);
  }

  #noteAnswer(missing: Missing | undefined, nowMs: number): void {
    if (!missing || missing.asks === 0) return;
    this.#answerTimesMs = [...this.#answerTimesMs, nowMs - missing.firstAskedMs].slice(-ANSWERS);
  }

  #answerTimeMs(): number {
    const sorted = [...this.#answerTimesMs].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? 0;
  }

  #due(nowMs: number): number[] {
    const due: number[] = [];
    const intervalMs = Math.max(ASK_INTERVAL_MS, ANSWER_TIME_FACTOR * this.#answerTimeMs());
    for (const [sequence, missing] of this.#missing) {
      // What is not asked for any more stays known: its answer says how long one takes.
      if (nowMs - missing.sinceMs > ASK_LIFE_MS) this.#missing.delete(sequence);
      else if (missing.asks < MAX_ASKS && nowMs - missing.askedAtMs >= intervalMs) {
        if (missing.asks === 0) missing.firstAskedMs = nowMs;
        missing.askedAtMs = nowMs;
        missing.asks += 1;
        due.push(sequence);
      }
    }
    return due;
  }
}
