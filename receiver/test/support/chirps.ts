/** Samples a second of everything in here. */
export const RATE_HZ = 48_000;
const CHIRP_MS = 30;
const CHIRP_SAMPLES = (RATE_HZ * CHIRP_MS) / 1_000;
const FROM_HZ = 500;
const TO_HZ = 4_000;
const CHIRP_PEAK = 0.5;
/** Noise below the chirps, as in a room where people speak: nobody may use a pause to put things right. */
const BED_PEAK = 0.01;
const SHORTEST_GAP_MS = 350;
const GAP_RANGE_MS = 300;
/** Correlation with the chirp from which on something is one, 0 to 1. */
const RESEMBLANCE = 0.6;
/** Nothing fainter than this share of a chirp's full amplitude is looked at. */
const FAINTEST = 0.1;
/** The search looks at every so many samples first; the chirp's correlation is wider than that. */
const COARSE_STEP = 3;

/** Numbers from 0 to 1 that look like chance and are the same every time. */
export function chance(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
}

/** A sweep upwards under a raised cosine. */
export function makeChirp(): Float32Array {
  return Float32Array.from({ length: CHIRP_SAMPLES }, (_value, index) => {
    const s = index / RATE_HZ;
    const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / (CHIRP_SAMPLES - 1));
    const slope = (TO_HZ - FROM_HZ) / (CHIRP_MS / 1_000);
    return window * Math.sin(2 * Math.PI * (FROM_HZ * s + (slope * s * s) / 2));
  });
}

export interface ChirpSignal {
  readonly samples: Int16Array;
  /** Where chirps begin, in samples, at irregular distances, so that a delay of any length is told apart. */
  readonly starts: readonly number[];
}

export function makeChirpSignal(seconds: number): ChirpSignal {
  const next = chance(20_261);
  const samples = Int16Array.from({ length: seconds * RATE_HZ }, () => (next() - 0.5) * 2 * BED_PEAK * 32_767);
  const chirp = makeChirp();
  const starts: number[] = [];
  for (let at = RATE_HZ / 4; at + CHIRP_SAMPLES < samples.length;) {
    starts.push(at);
    chirp.forEach((value, index) => {
      samples[at + index] = (samples[at + index] ?? 0) + value * CHIRP_PEAK * 32_767;
    });
    at += Math.round(((SHORTEST_GAP_MS + next() * GAP_RANGE_MS) * RATE_HZ) / 1_000);
  }
  return { samples, starts };
}

/** Where chirps begin in a recording, in samples, to a hundredth of one. */
export function findChirps(sound: Float32Array): number[] {
  const chirp = makeChirp();
  const ownEnergy = energyOf(chirp);
  const found: number[] = [];
  // Of what the chirp would cover from here on.
  let energy = energyOf(sound.subarray(0, CHIRP_SAMPLES));
  let wait = 0;
  for (let at = 0; at + CHIRP_SAMPLES < sound.length; at += 1) {
    const isWorthALook = wait <= 0 && at % COARSE_STEP === 0 && energy > ownEnergy * FAINTEST ** 2;
    if (isWorthALook && productOf(sound, chirp, at) > RESEMBLANCE * Math.sqrt(energy * ownEnergy)) {
      found.push(highest(sound, chirp, at, at + CHIRP_SAMPLES / 4));
      wait = (SHORTEST_GAP_MS * RATE_HZ) / 2_000;
    }
    energy += (sound[at + CHIRP_SAMPLES] ?? 0) ** 2 - (sound[at] ?? 0) ** 2;
    wait -= 1;
  }
  return found;
}

/** The place of the highest correlation, between samples by the parabola through the three highest. */
function highest(sound: Float32Array, chirp: Float32Array, from: number, until: number): number {
  let best = from;
  let value = Number.NEGATIVE_INFINITY;
  for (let at = from; at < until; at += 1) {
    const product = productOf(sound, chirp, at);
    if (product > value) [best, value] = [at, product];
  }
  const before = productOf(sound, chirp, best - 1);
  const after = productOf(sound, chirp, best + 1);
  const curve = before - 2 * value + after;
  return curve === 0 ? best : best + (before - after) / (2 * curve);
}

function productOf(sound: Float32Array, chirp: Float32Array, at: number): number {
  let product = 0;
  for (let index = 0; index < chirp.length; index += 1) product += (sound[at + index] ?? 0) * (chirp[index] ?? 0);
  return product;
}

const energyOf = (sound: Float32Array): number => sound.reduce((sum, value) => sum + value * value, 0);
