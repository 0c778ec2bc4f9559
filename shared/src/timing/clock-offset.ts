/** One question to the server's clock; own times in ms of a clock that never jumps. */
export interface ClockSample {
  readonly sentAtMs: number;
  readonly serverTimeMs: number;
  readonly receivedAtMs: number;
}

export interface ClockEstimate {
  /** Server clock minus own clock at own time `atMs`, ms. */
  readonly offsetMs: number;
  readonly atMs: number;
  /** How much faster the server's clock goes, in parts per million. */
  readonly driftPpm: number;
  /** How far the offset may be wrong at `atMs`, ms: half of what the quickest ways there and back leave open. Later: `errorAt`. */
  readonly errorMs: number;
  /** How much longer an ordinary round trip takes than the shortest one, ms. */
  readonly jitterMs: number;
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

/** Samples that are looked at together: two minutes of them on a link with jitter. */
export const CLOCK_SAMPLES = 100;
/** Older samples say nothing any more: drift does not stay what it is for ever. */
export const CLOCK_SAMPLE_LIFE_MS = 120_000;
/** A change of the estimate by more than this is a step and not drift. */
export const CLOCK_STEP_MS = 20;
/** Clocks are further apart than this in no case, in parts per million: two crystals, and a server that follows its wall clock (TL8). */
export const MAX_CLOCK_DRIFT_PPM = 700;
/**
 * PO85: what is known grows uncertain by so many millionths of the time since, because a drift is not known exactly and does not stay what it is: two crystals of
 * ordinary machines at different temperatures.
 */
export const CLOCK_WANDER_PPM = 100;
/** Samples of a shorter time say nothing about drift, ms. */
export const DRIFT_SPAN_MS = 30_000;
/** Drift is believed when more than this share of it shows in the samples; less may be chance. Most clocks are kept by a time server. */
const DRIFT_EVIDENCE = 0.8;
/** Halvings of the range of possible drifts: to a hundredth of a millionth. */
const SEARCH_STEPS = 40;

/** Probes after a connection was made that come close together, and how many more while there is jitter to be averaged. */
const FIRST_PROBES = 10;
const FIRST_PROBES_WITH_JITTER = 40;
const FIRST_PAUSE_MS = 50;
/** Between two later ones, ms; less on a link with jitter, where it takes many to meet quick ways. */
const PAUSE_MS = 3_000;
const PAUSE_WITH_JITTER_MS = 2_000;
/** From here on a link has jitter, ms; less is that of a busy machine, which more questions make busier. */
const JITTER_MS = 3;

export const NO_CLOCK: ClockState = { samples: [], estimate: null };

/**
 * PO21: every question says that the server's clock was not behind the moment of asking and not ahead of the moment of the answer.
 * The offset is a line through the middle of what all of them leave open, so the quickest way there and the quickest way back
 * count, each for itself, and delay on one of them moves nothing. Samples from before a long gap are forgotten, and old ones that
 * contradict new ones. `now` is the arrival of the new sample.
 */
export function noteClockSample(state: ClockState, sample: ClockSample): ClockUpdate {
  const now = sample.receivedAtMs;
  if (sample.receivedAtMs < sample.sentAtMs) return { state, steppedMs: 0 };
  const samples = [...state.samples, sample]
    .filter((known) => now - known.receivedAtMs <= CLOCK_SAMPLE_LIFE_MS)
    .slice(-CLOCK_SAMPLES);
  // A server whose clock was set is believed as soon as a sample says so beyond its own possible error.
  const jump = state.estimate ? offsetOf(sample) - offsetAt(state.estimate, now) : 0;
  const stepped = Math.abs(jump) > CLOCK_STEP_MS + roundTrip(sample) / 2 + (state.estimate?.errorMs ?? 0);
  const kept = withoutContradiction(stepped ? [sample] : samples, state.estimate?.driftPpm ?? 0);
  const estimate = estimateFrom(kept, state.estimate?.driftPpm ?? 0);
  return { state: { samples: kept, estimate }, steppedMs: stepped ? jump : 0 };
}

/** PO21: the same state with an offset that somebody else found to be off by `byMs` since the last sample. */
export function correctClock(state: ClockState, byMs: number): ClockState {
  const { estimate } = state;
  return estimate === null ? state : { ...state, estimate: { ...estimate, offsetMs: estimate.offsetMs + byMs } };
}

/** PO85: the same state for another server, whose clock need not be quite that of the one before: what that one said bounds nothing any more. */
export function forgetClockSamples(state: ClockState): ClockState {
  return { ...state, samples: [] };
}

/** PO85: how far the offset may be wrong at own time `ownMs`, ms, when nothing was heard of the clock since `heardMs` (own time). */
export function errorAt(estimate: ClockEstimate, ownMs: number, heardMs = estimate.atMs): number {
  return estimate.errorMs + (CLOCK_WANDER_PPM * Math.max(0, ownMs - heardMs)) / 1e6;
}

/** How long to wait after the probe `count` of a connection (from 1 on), ms. */
export function probePauseMs(count: number, jitterMs: number): number {
  const jittery = jitterMs >= JITTER_MS;
  if (count <= (jittery ? FIRST_PROBES_WITH_JITTER : FIRST_PROBES)) return FIRST_PAUSE_MS;
  return jittery ? PAUSE_WITH_JITTER_MS : PAUSE_MS;
}

/** Server clock minus own clock at own time `ownMs`, ms. */
export function offsetAt(estimate: ClockEstimate, ownMs: number): number {
  return estimate.offsetMs + (estimate.driftPpm * (ownMs - estimate.atMs)) / 1e6;
}

/** What the samples leave open for the offset at `atMs`, if the clocks drift by so much. */
interface Band {
  readonly least: number;
  readonly most: number;
}

function bandOf(samples: readonly ClockSample[], driftPpm: number, atMs: number): Band {
  let least = Number.NEGATIVE_INFINITY;
  let most = Number.POSITIVE_INFINITY;
  const rate = driftPpm / 1e6;
  for (const { sentAtMs, serverTimeMs, receivedAtMs } of samples) {
    most = Math.min(most, serverTimeMs - sentAtMs - rate * (sentAtMs - atMs));
    least = Math.max(least, serverTimeMs - receivedAtMs - rate * (receivedAtMs - atMs));
  }
  return { least, most };
}

const widthOf = ({ least, most }: Band): number => most - least;

/** The latest samples between which some line can pass. */
function withoutContradiction(samples: readonly ClockSample[], knownDriftPpm: number): readonly ClockSample[] {
  let kept = samples;
  while (kept.length > 1) {
    const atMs = lastOf(kept).receivedAtMs;
    if (widthOf(bandOf(kept, driftOf(kept, knownDriftPpm), atMs)) >= 0) break;
    kept = kept.slice(1);
  }
  return kept;
}

function estimateFrom(samples: readonly ClockSample[], knownDriftPpm: number): ClockEstimate {
  const atMs = lastOf(samples).receivedAtMs;
  const driftPpm = driftOf(samples, knownDriftPpm);
  const band = bandOf(samples, driftPpm, atMs);
  const trips = samples.map(roundTrip).sort((a, b) => a - b);
  return {
    offsetMs: (band.least + band.most) / 2,
    atMs,
    driftPpm,
    errorMs: widthOf(band) / 2,
    jitterMs: (trips[Math.floor(trips.length / 2)] ?? 0) - (trips[0] ?? 0),
  };
}

/** The drift that the samples speak for; if it contradicts them, as when the server's clock is being moved, the one that does so least. */
function driftOf(samples: readonly ClockSample[], knownPpm: number): number {
  const atMs = lastOf(samples).receivedAtMs;
  const spanMs = atMs - (samples[0]?.receivedAtMs ?? atMs);
  const likely = spanMs < DRIFT_SPAN_MS ? knownPpm : mostOpen(samples, DRIFT_EVIDENCE * spanMs);
  return widthOf(bandOf(samples, likely, atMs)) >= 0 ? likely : mostOpen(samples, 0);
}

/**
 * The drift at which the samples leave the most open: with a wrong one, the quickest ways of early and late samples contradict each
 * other. `againstDriftMs` is held against it, for a drift of one.
 */
function mostOpen(samples: readonly ClockSample[], againstDriftMs: number): number {
  const atMs = lastOf(samples).receivedAtMs;
  const open = (ppm: number) => widthOf(bandOf(samples, ppm, atMs)) - (againstDriftMs * Math.abs(ppm)) / 1e6;
  // What is left open is a concave function of the drift: it has one highest place.
  let from = -MAX_CLOCK_DRIFT_PPM;
  let until = MAX_CLOCK_DRIFT_PPM;
  for (let step = 0; step < SEARCH_STEPS; step += 1) {
    const third = (until - from) / 3;
    if (open(from + third) < open(until - third)) from += third;
    else until -= third;
  }
  return (from + until) / 2;
}

function lastOf(samples: readonly ClockSample[]): ClockSample {
  const last = samples.at(-1);
  if (last === undefined) throw new Error('there is always the newest sample');
  return last;
}

function roundTrip(sample: ClockSample): number {
  return sample.receivedAtMs - sample.sentAtMs;
}

function offsetOf(sample: ClockSample): number {
  return sample.serverTimeMs - (sample.sentAtMs + sample.receivedAtMs) / 2;
}
