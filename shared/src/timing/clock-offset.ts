/** One question to the server's clock; own times in ms of a clock that never jumps. */
export interface ClockSample {
  readonly sentAtMs: number;
  readonly serverTimeMs: number;
  readonly receivedAtMs: number;
}

export interface ClockEstimate {
  /** Server clock minus own clock, ms. */
  readonly offsetMs: number;
  /** How far that may be wrong, ms: half of the shortest round trip plus the spread of the good samples. */
  readonly errorMs: number;
}

export interface ClockState {
  /** The latest samples, oldest first. */
  readonly samples: readonly ClockSample[];
  readonly estimate: ClockEstimate | null;
}

export interface ClockUpdate {
  readonly state: ClockState;
  /** By how much the estimate jumped, ms; 0 when it only moved as clocks drift. Never hidden (PO21). */
  readonly steppedMs: number;
}

/** Samples that are looked at together. */
export const CLOCK_SAMPLES = 24;
/** Older samples say nothing any more: 50 ppm of drift over this time is 6 ms. */
export const CLOCK_SAMPLE_LIFE_MS = 120_000;
/** A sample is good if its round trip is at most this much longer than the shortest one. */
export const ROUND_TRIP_TOLERANCE_MS = 2;
/** A change of the estimate by more than this is a step and not drift. */
export const CLOCK_STEP_MS = 20;

export const NO_CLOCK: ClockState = { samples: [], estimate: null };

/**
 * PO21: the offset is the median of the samples with the shortest round trips, because delay that is not symmetric shows as a
 * longer round trip. Samples from before a long gap are forgotten. `now` is the arrival of the new sample.
 */
export function noteClockSample(state: ClockState, sample: ClockSample): ClockUpdate {
  const now = sample.receivedAtMs;
  if (sample.receivedAtMs < sample.sentAtMs) return { state, steppedMs: 0 };
  const samples = [...state.samples, sample]
    .filter((known) => now - known.receivedAtMs <= CLOCK_SAMPLE_LIFE_MS)
    .slice(-CLOCK_SAMPLES);
  // A server whose clock was set is believed as soon as a sample says so beyond its own possible error.
  const jump = state.estimate ? offsetOf(sample) - state.estimate.offsetMs : 0;
  const stepped = Math.abs(jump) > CLOCK_STEP_MS + roundTrip(sample) / 2 + (state.estimate?.errorMs ?? 0);
  const kept = stepped ? [sample] : samples;
  const estimate = estimateFrom(kept);
  return { state: { samples: kept, estimate }, steppedMs: stepped ? jump : 0 };
}

function estimateFrom(samples: readonly ClockSample[]): ClockEstimate {
  const shortest = Math.min(...samples.map(roundTrip));
  const good = samples
    .filter((sample) => roundTrip(sample) <= shortest + ROUND_TRIP_TOLERANCE_MS)
    .map(offsetOf)
    .sort((a, b) => a - b);
  const offsetMs = good[Math.floor((good.length - 1) / 2)] ?? 0;
  const spread = (good[good.length - 1] ?? 0) - (good[0] ?? 0);
  return { offsetMs, errorMs: shortest / 2 + spread / 2 };
}

function roundTrip(sample: ClockSample): number {
  return sample.receivedAtMs - sample.sentAtMs;
}

function offsetOf(sample: ClockSample): number {
  return sample.serverTimeMs - (sample.sentAtMs + sample.receivedAtMs) / 2;
}
