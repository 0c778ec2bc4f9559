import { ExpectedArrival } from './expected-arrival.ts';

/** A missing packet is asked for at most this often … */
export const MAX_ASKS = 3;
/** … with at least this much time in between, in ms, … */
export const ASK_INTERVAL_MS = 30;
/** … and so many times as long as the latest answers took: to ask before one can be there costs bytes and brings nothing. */
const ANSWER_TIME_FACTOR = 1.2;
/** PO60: a question is repeated after so long, in ms: it may be lost as well, and one that came twice is answered once. */
export const REPEAT_MS = 15;
/** Answers that are looked at: the middle one counts, because what was only overtaken comes sooner, and what was lost twice later. */
const ANSWERS = 9;
/** A longer row of missing packets is an outage and not a loss: nothing is asked for. */
export const MAX_MISSING_IN_A_ROW = 16;
/** PO61: so many packets in a row are asked for before one that comes after them shows that they are missing. */
export const MAX_SUSPECTED = 3;
/** After this long an answer would come too late for any usual playout delay, in ms. */
export const ASK_LIFE_MS = 400;

interface Missing {
  readonly sinceMs: number;
  /** A later packet came: it is not only the newest that is late. */
  isShown: boolean;
  firstAskedMs: number;
  askedAtMs: number;
  asks: number;
  /** When the latest question is to be repeated. */
  repeatAtMs: number;
}

/** One packet of a bus. */
export interface NotedPacket {
  readonly sequence: number;
  /** 32-bit RTP timestamp. */
  readonly timestamp: number;
  /** Nothing follows it for now. */
  readonly marker: boolean;
}

/** PO23: which sequence numbers of one bus to ask for again. */
export class Retransmission {
  readonly #missing = new Map<number, Missing>();
  readonly #expected = new ExpectedArrival();
  #highest: number | null = null;
  /** How many packets after the newest one are asked for already. */
  #suspected = 0;
  #answerTimesMs: number[] = [];
  #askIntervalMs = ASK_INTERVAL_MS;

  /** Notes a packet; returns the numbers to ask for now. */
  note({ sequence, timestamp, marker }: NotedPacket, nowMs: number): number[] {
    this.#noteAnswer(this.#missing.get(sequence), nowMs);
    this.#missing.delete(sequence);
    const highest = this.#highest ?? sequence;
    const ahead = ((sequence - highest) << 16) >> 16;
    if (ahead > 0 || this.#highest === null) {
      this.#highest = sequence;
      this.#suspected = Math.max(0, this.#suspected - ahead);
      this.#expected.note(timestamp, Math.max(1, ahead), marker, nowMs);
      this.#show(highest, ahead, nowMs);
    }
    return this.due(nowMs);
  }

  /** The numbers to ask for now; to be called at `wakeMs` when no packet comes before that. */
  due(nowMs: number): number[] {
    this.#suspect(nowMs);
    const due: number[] = [];
    for (const [sequence, missing] of this.#missing) {
      // What is not asked for any more stays known: its answer says how long one takes.
      if (nowMs - missing.sinceMs > ASK_LIFE_MS) this.#missing.delete(sequence);
      else if (nowMs >= missing.repeatAtMs) {
        missing.repeatAtMs = Number.POSITIVE_INFINITY;
        due.push(sequence);
      } else if (nowMs >= this.#nextAskMs(missing)) {
        if (missing.asks === 0) missing.firstAskedMs = nowMs;
        missing.askedAtMs = nowMs;
        missing.repeatAtMs = nowMs + REPEAT_MS;
        missing.asks += 1;
        due.push(sequence);
      }
    }
    return due;
  }

  /** When there is something to ask for, if no packet comes before that; infinite: not at all. */
  get wakeMs(): number {
    let wakeMs = this.#nextSuspectMs();
    for (const missing of this.#missing.values())
      wakeMs = Math.min(wakeMs, missing.repeatAtMs, this.#nextAskMs(missing));
    return wakeMs;
  }

  /** The packets between the newest one and the one that came now are missing. */
  #show(highest: number, ahead: number, nowMs: number): void {
    for (let step = 1; step < ahead; step += 1) {
      const sequence = (highest + step) & 0xffff;
      const known = this.#missing.get(sequence);
      if (known) known.isShown = true;
      else if (ahead - 1 <= MAX_MISSING_IN_A_ROW) this.#missing.set(sequence, toMissing(nowMs, true));
    }
  }

  #suspect(nowMs: number): void {
    for (; nowMs >= this.#nextSuspectMs(); this.#suspected += 1) {
      const sequence = ((this.#highest ?? 0) + this.#suspected + 1) & 0xffff;
      if (!this.#missing.has(sequence)) this.#missing.set(sequence, toMissing(nowMs, false));
    }
  }

  #nextSuspectMs(): number {
    return this.#suspected < MAX_SUSPECTED
      ? this.#expected.missingFromMs(this.#suspected + 1)
      : Number.POSITIVE_INFINITY;
  }

  /** What is only late is asked for once. */
  #nextAskMs({ asks, askedAtMs, isShown }: Missing): number {
    if (asks >= (isShown ? MAX_ASKS : 1)) return Number.POSITIVE_INFINITY;
    return askedAtMs + this.#askIntervalMs;
  }

  /** What comes before it is shown to be missing may have been late only. */
  #noteAnswer(missing: Missing | undefined, nowMs: number): void {
    if (!missing?.isShown || missing.asks === 0) return;
    this.#answerTimesMs = [...this.#answerTimesMs, nowMs - missing.firstAskedMs].slice(-ANSWERS);
    const sorted = [...this.#answerTimesMs].sort((a, b) => a - b);
    const middleMs = sorted[Math.floor(sorted.length / 2)] ?? 0;
    this.#askIntervalMs = Math.max(ASK_INTERVAL_MS, ANSWER_TIME_FACTOR * middleMs);
  }
}

function toMissing(nowMs: number, isShown: boolean): Missing {
  return {
    sinceMs: nowMs,
    isShown,
    firstAskedMs: nowMs,
    askedAtMs: Number.NEGATIVE_INFINITY,
    asks: 0,
    repeatAtMs: Number.POSITIVE_INFINITY,
  };
}
