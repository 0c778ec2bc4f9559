import { SAMPLES_PER_MS } from './stamp-sample.ts';

/** Packets whose way is looked at: two seconds of them. */
const PACKETS = 100;
/** How long the way takes is worked out anew after so many packets. */
const RENEW_AFTER = 10;
/** So many of them are needed before anything is expected. */
const LEAST_PACKETS = 25;
/** Share of the packets that had come by the time at which one is taken for missing. */
const SHARE_IN_TIME = 0.95;
/** A packet that is later than that by this much is taken for missing, in ms. */
const SLACK_MS = 2;
/** Longest frame of a bus, in ms: what follows at a longer distance is not sent steadily. */
const MAX_FRAME_MS = 60;

/** PO61: when the packets that follow the newest one of a bus would have come, by the ways of those before them. */
export class ExpectedArrival {
  /** Arrival minus stamp of the latest packets, in ms and from any zero. */
  readonly #ways: number[] = [];
  #at = 0;
  #noted = 0;
  #usualMs = Number.POSITIVE_INFINITY;
  #timestamp: number | null = null;
  #newestMs = 0;
  /** Distance of stamps; null: nothing is known to follow. */
  #frameMs: number | null = null;

  /** Notes a packet that is newer than all before it, by `ahead` numbers; `isLast`: nothing follows it for now. */
  note(timestamp: number, ahead: number, isLast: boolean, nowMs: number): void {
    const passedMs = ((timestamp - (this.#timestamp ?? timestamp)) | 0) / SAMPLES_PER_MS;
    const frameMs = passedMs / ahead;
    this.#timestamp = timestamp;
    this.#newestMs += passedMs;
    this.#frameMs = !isLast && frameMs > 0 && frameMs <= MAX_FRAME_MS ? frameMs : null;
    this.#ways[this.#at] = nowMs - this.#newestMs;
    this.#at = (this.#at + 1) % PACKETS;
    if (this.#noted % RENEW_AFTER === 0 && this.#ways.length >= LEAST_PACKETS) {
      const sorted = [...this.#ways].sort((a, b) => a - b);
      this.#usualMs = sorted[Math.floor(sorted.length * SHARE_IN_TIME)] ?? Number.POSITIVE_INFINITY;
    }
    this.#noted += 1;
  }

  /** From when on the packet that is `ahead` of the newest one is taken for missing, in ms; infinite: nothing is expected. */
  missingFromMs(ahead: number): number {
    if (this.#frameMs === null) return Number.POSITIVE_INFINITY;
    return this.#newestMs + ahead * this.#frameMs + this.#usualMs + SLACK_MS;
  }
}
