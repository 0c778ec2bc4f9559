import { readFileSync } from 'node:fs';

/** Samples of a mono 16-bit WAV file, from -1 to 1. */
export function readWav(path: string): Float32Array {
  const file = readFileSync(path);
  const bytes = Math.min(file.readUInt32LE(40), file.length - 44);
  return Float32Array.from({ length: bytes >> 1 }, (_value, index) => file.readInt16LE(44 + index * 2) / 32_768);
}

export interface Match {
  /** Normalised correlation, 0 to 1. */
  readonly correlation: number;
  /** Where in `haystack` the needle begins, in samples. */
  readonly at: number;
}

/** Where within `within` samples of `around` the needle fits best: first every eighth place, then to the sample. */
export function findSound(haystack: Float32Array, needle: Float32Array, around: number, within: number): Match {
  const coarse = bestMatch(haystack, needle, around - within, around + within, 8);
  return bestMatch(haystack, needle, coarse.at - 8, coarse.at + 8, 1);
}

function bestMatch(haystack: Float32Array, needle: Float32Array, from: number, until: number, step: number): Match {
  let best: Match = { correlation: 0, at: from };
  for (let at = Math.max(0, from); at <= until; at += step) {
    const correlation = correlate(haystack, needle, at);
    if (correlation > best.correlation) best = { correlation, at };
  }
  return best;
}

function correlate(haystack: Float32Array, needle: Float32Array, at: number): number {
  let both = 0;
  let a = 0;
  let b = 0;
  for (let index = 0; index < needle.length; index += 1) {
    const x = haystack[at + index] ?? 0;
    const y = needle[index] ?? 0;
    both += x * y;
    a += x * x;
    b += y * y;
  }
  return a === 0 || b === 0 ? 0 : both / Math.sqrt(a * b);
}

export function peakOf(samples: Float32Array): number {
  return samples.reduce((peak, value) => Math.max(peak, Math.abs(value)), 0);
}

/**
 * Amplitude of one frequency in each window of a sound, by the Goertzel algorithm (Goertzel, 1958). Windows of whole periods of both
 * tones keep two tones apart exactly.
 */
export function toneAmplitudes(sound: Float32Array, hz: number, windowSamples: number, rateHz = 48_000): number[] {
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / rateHz);
  return Array.from({ length: Math.floor(sound.length / windowSamples) }, (_, n) => {
    let [before, last] = [0, 0];
    for (const sample of sound.subarray(n * windowSamples, (n + 1) * windowSamples))
      [before, last] = [last, sample + coefficient * last - before];
    const power = last ** 2 + before ** 2 - coefficient * last * before;
    return (2 * Math.sqrt(Math.max(0, power))) / windowSamples;
  });
}

/** The peak of a test's tone is a quarter of full scale, and volume makes it softer. */
const AUDIBLE_PEAK = 0.02;

/** Whether each window of a sound has a tone in it; a window of two periods or more never looks silent between them. */
export function audibleWindows(sound: Float32Array, windowSamples: number): boolean[] {
  return Array.from(
    { length: Math.floor(sound.length / windowSamples) },
    (_, n) => peakOf(sound.subarray(n * windowSamples, (n + 1) * windowSamples)) > AUDIBLE_PEAK,
  );
}
