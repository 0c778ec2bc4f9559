/** Samples of the output clock that are looked at together: ten seconds. */
export const OUTPUT_CLOCK_SAMPLES = 20;
/** A sample this far from the others means that the output stood still, in ms. */
export const OUTPUT_CLOCK_STEP_MS = 100;

/** What a browser says once of when a sample is heard. */
export interface OutputReading {
  readonly contextMs: number;
  /** Own time in ms. */
  readonly heardAtMs: number;
  /** False where it only says how long the way to the loudspeaker should be. */
  readonly measured: boolean;
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
  const latencyMs = ((context.baseLatency || 0) + (context.outputLatency || 0)) * 1_000;
  return { contextMs: context.currentTime * 1_000, heardAtMs: nowMs + latencyMs, measured: false };
}

/**
 * When a sample of the audio context is heard, in own time: browsers say it with some jitter, and the sound card's clock drifts
 * against the computer's; the median of the last samples follows the drift and not the jitter.
 */
export class OutputClock {
  #offsets: number[] = [];
  #measured = false;

  note({ contextMs, heardAtMs, measured }: OutputReading): void {
    const offset = heardAtMs - contextMs;
    // What was guessed is not to be weighed against what is measured.
    if (measured !== this.#measured) this.#offsets = [];
    this.#measured = measured;
    const known = this.offsetMs;
    if (known !== null && Math.abs(offset - known) > OUTPUT_CLOCK_STEP_MS) this.#offsets = [];
    this.#offsets = [...this.#offsets, offset].slice(-OUTPUT_CLOCK_SAMPLES);
  }

  /** Own time at which a sample is heard minus its context time; null before the first note. */
  get offsetMs(): number | null {
    return median(this.#offsets);
  }

  /** The usual distance of a reading from the others, in ms; null while nothing was measured. */
  get errorMs(): number | null {
    const offset = this.offsetMs;
    if (offset === null || !this.#measured) return null;
    return median(this.#offsets.map((one) => Math.abs(one - offset)));
  }
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
