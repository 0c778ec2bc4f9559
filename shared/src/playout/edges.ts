import { FADE_MS } from './gain.ts';
import { SAMPLES_PER_MS } from './stamp-sample.ts';

/** A fade at an edge, in samples. */
export const FADE_SAMPLES = FADE_MS * SAMPLES_PER_MS;

/** The samples with their first 5 ms faded in; a copy. `done`: so many samples of the fade are in what came before. */
export function fadeIn(samples: Float32Array, done = 0): Float32Array {
  return samples.map((value, index) => value * Math.min(1, (done + index + 1) / FADE_SAMPLES));
}

/** The samples faded out over their whole length; a copy. */
export function fadeOut(samples: Float32Array): Float32Array {
  return samples.map((value, index) => value * (1 - (index + 1) / samples.length));
}

/** Adds as much of a tail as there is room for; returns what is left of it. */
export function addTail(samples: Float32Array, tail: Float32Array): Float32Array {
  const now = tail.subarray(0, samples.length);
  now.forEach((value, index) => (samples[index] = (samples[index] ?? 0) + value));
  return tail.subarray(now.length);
}

/** PO15: the samples made `length` long by linear interpolation: the stamp is slewed by a sample or so per packet. */
export function stretch(samples: Float32Array, length: number): Float32Array {
  if (length === samples.length || samples.length === 0) return samples;
  const stretched = new Float32Array(length);
  const step = samples.length / length;
  for (let index = 0; index < length; index += 1) {
    const at = index * step;
    const left = Math.floor(at);
    const a = samples[left] ?? 0;
    const b = samples[Math.min(left + 1, samples.length - 1)] ?? a;
    stretched[index] = a + (b - a) * (at - left);
  }
  return stretched;
}
