import type { StampSample } from './stamp-sample.ts';

/** Sequence numbers of one bus remembered for spotting duplicates. A power of two. */
export const SEQUENCE_WINDOW = 1_024;

/**
 * PO3: remembers which packets of one bus were seen. A bus that was silent for long may deliver its first packet again, and a
 * retransmission may cross the original: both are recognised by sequence number.
 */
export class SequenceWindow {
  readonly #seen = new Uint8Array(SEQUENCE_WINDOW);
  #highest: number | null = null;
  #newestSample: StampSample = Number.NEGATIVE_INFINITY;

  /** True exactly once per packet. `sample` tells a sender that began anew from a very old duplicate. */
  accept(sequence: number, sample: StampSample): boolean {
    if (this.#highest === null) {
      this.#restart(sequence, sample);
      return true;
    }
    const ahead = toSigned16(sequence - this.#highest);
    if (ahead > 0) {
      // Slots between the old and the new highest now stand for numbers that were not seen.
      for (let step = 1; step <= Math.min(ahead, SEQUENCE_WINDOW); step += 1) this.#set(this.#highest + step, 0);
      this.#highest = sequence & 0xffff;
      this.#set(sequence, 1);
      this.#newestSample = Math.max(this.#newestSample, sample);
      return true;
    }
    if (-ahead >= SEQUENCE_WINDOW) {
      if (sample <= this.#newestSample) return false;
      this.#restart(sequence, sample);
      return true;
    }
    if (this.#seen[sequence & (SEQUENCE_WINDOW - 1)] === 1) return false;
    this.#set(sequence, 1);
    return true;
  }

  #restart(sequence: number, sample: StampSample): void {
    this.#seen.fill(0);
    this.#highest = sequence & 0xffff;
    this.#newestSample = sample;
    this.#set(sequence, 1);
  }

  #set(sequence: number, value: number): void {
    this.#seen[sequence & (SEQUENCE_WINDOW - 1)] = value;
  }
}

function toSigned16(difference: number): number {
  const low = difference & 0xffff;
  return low >= 0x8000 ? low - 0x10000 : low;
}
