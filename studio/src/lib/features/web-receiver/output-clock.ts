/** Readings of the output clock come this often, in ms … */
export const OUTPUT_READING_MS = 100;
/** … and so many are looked at together: ten seconds. */
export const OUTPUT_CLOCK_SAMPLES = 100;
/** A single reading this far from the others means that the output stood still, in ms. */
const STOOD_STILL_MS = 100;
/** PO28: so many in a row that are all off to the same side by more than this, in ms, and than so many times the usual, are an output that goes on elsewhere. */
const SHIFT_READINGS = 10;
const SHIFT_MS = 2;
const SHIFT_FACTOR = 4;

/** What a browser says once of when a sample is heard. */
export interface OutputReading {
  readonly contextMs: number;
  /** Own time in ms. */
  readonly heardAtMs: number;
  /** False where it only says how long the way to the loudspeaker should be. */
  readonly measured: boolean;
}

/** How long the way to the loudspeaker should be, in ms; a browser that does not say adds nothing. */
export function outputLatencyMs(context: Pick<AudioContext, 'baseLatency' | 'outputLatency'>): number {
  return ((context.baseLatency || 0) + (context.outputLatency || 0)) * 1_000;
}

type OutputTimes = Pick<AudioContext, 'currentTime' | 'baseLatency' | 'outputLatency'> &
  Partial<Pick<AudioContext, 'getOutputTimestamp'>>;

/** PO90: asks for the moment of a sample, and guesses it where the browser does not say. */
export function readOutput(context: OutputTimes, nowMs: number): OutputReading {
  const { contextTime, performanceTime } = context.getOutputTimestamp?.() ?? {};
  if (contextTime && performanceTime) {
    const heardAtMs = performance.timeOrigin + performanceTime;
    return { contextMs: contextTime * 1_000, heardAtMs, measured: true };
  }
  return { contextMs: context.currentTime * 1_000, heardAtMs: nowMs + outputLatencyMs(context), measured: false };
}

/**
 * When a sample of the audio context is heard, in own time: browsers say it with some jitter, and the sound card's clock drifts
 * against the computer's; the median of the last samples follows the drift and not the jitter.
 */
export class OutputClock {
  #offsets: number[] = [];
  #measured = false;
  #interruptions = 0;

  note({ contextMs, heardAtMs, measured }: OutputReading): void {
    const offset = heardAtMs - contextMs;
    // What was guessed is not to be weighed against what is measured.
    if (measured !== this.#measured) this.#offsets = [];
    this.#measured = measured;
    const known = this.offsetMs;
    if (known !== null && Math.abs(offset - known) > STOOD_STILL_MS) this.#beginAnew([]);
    this.#offsets = [...this.#offsets, offset].slice(-OUTPUT_CLOCK_SAMPLES);
    this.#noticeShift();
  }

  /** Own time at which a sample is heard minus its context time; null before the first note. */
  get offsetMs(): number | null {
    return median(this.#offsets);
  }

  /** How often it went on so far away that what was heard was interrupted. */
  get interruptions(): number {
    return this.#interruptions;
  }

  /** The usual distance of a reading from the others, in ms; null while nothing was measured. */
  get errorMs(): number | null {
    const offset = this.offsetMs;
    if (offset === null || !this.#measured) return null;
    return median(this.#offsets.map((one) => Math.abs(one - offset)));
  }

  #noticeShift(): void {
    const latest = this.#offsets.slice(-SHIFT_READINGS);
    const before = this.#offsets.slice(0, -SHIFT_READINGS);
    const known = median(before);
    // Two that just began say little of each other.
    if (known === null || before.length < SHIFT_READINGS) return;
    const usual = median(before.map((one) => Math.abs(one - known))) ?? 0;
    const bound = Math.max(SHIFT_MS, SHIFT_FACTOR * usual);
    const isElsewhere = latest.every((one) => one - known > bound) || latest.every((one) => known - one > bound);
    if (isElsewhere) this.#beginAnew(latest);
  }

  #beginAnew(offsets: number[]): void {
    this.#interruptions += 1;
    this.#offsets = offsets;
  }
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
