/*
 * Resampling by a windowed sinc: the band-limited interpolation of J. O. Smith, "Digital Audio Resampling" (CCRMA), with the
 * window of Kaiser. The ratio is within a fraction of a percent of one, so nothing has to be filtered away: the kernel only
 * moves samples by a fraction of their distance.
 */

/** Samples that one interpolated sample is made of. */
const TAPS = 16;
/** Source samples that are needed behind the last position and before the first one. */
export const REACH_SAMPLES = TAPS / 2;
/** Places between two samples for which the kernel is tabulated; between them it is interpolated linearly. */
const PHASES = 512;
/** Shape of the window: side lobes of about -80 dB. */
const KAISER_BETA = 8;

const KERNEL = makeKernel();

/**
 * Samples of `line` at the places `at`, `at + step`, … until `out` is full. `at` counts from the first sample of `line`, which
 * has to reach `REACH_SAMPLES` beyond the places on both sides. Where place and step are whole, samples are copied as they are.
 */
export function resample(line: Float32Array, at: number, step: number, out: Float32Array): void {
  if (step === 1 && Number.isInteger(at)) {
    out.set(line.subarray(at, at + out.length));
    return;
  }
  for (let index = 0; index < out.length; index += 1) {
    const place = at + index * step;
    const whole = Math.floor(place);
    const phase = (place - whole) * PHASES;
    const row = Math.floor(phase);
    const between = phase - row;
    const first = whole - REACH_SAMPLES + 1;
    const low = row * TAPS;
    let near = 0;
    let next = 0;
    for (let tap = 0; tap < TAPS; tap += 1) {
      const sample = line[first + tap] ?? 0;
      near += sample * (KERNEL[low + tap] ?? 0);
      next += sample * (KERNEL[low + TAPS + tap] ?? 0);
    }
    out[index] = near + (next - near) * between;
  }
}

/** One row for each phase and one more for the end; each adds up to one, so that a constant stays what it is. */
function makeKernel(): Float64Array {
  const kernel = new Float64Array((PHASES + 1) * TAPS);
  for (let phase = 0; phase <= PHASES; phase += 1) {
    const row = kernel.subarray(phase * TAPS, (phase + 1) * TAPS);
    for (let tap = 0; tap < TAPS; tap += 1) {
      const distance = tap - REACH_SAMPLES + 1 - phase / PHASES;
      row[tap] = sinc(distance) * kaiser(distance / REACH_SAMPLES);
    }
    const sum = row.reduce((total, value) => total + value, 0);
    for (let tap = 0; tap < TAPS; tap += 1) row[tap] = (row[tap] ?? 0) / sum;
  }
  return kernel;
}

function sinc(x: number): number {
  if (Number.isInteger(x)) return x === 0 ? 1 : 0;
  return Math.sin(Math.PI * x) / (Math.PI * x);
}

function kaiser(x: number): number {
  return Math.abs(x) >= 1 ? 0 : bessel(KAISER_BETA * Math.sqrt(1 - x * x)) / bessel(KAISER_BETA);
}

/** Modified Bessel function of the first kind and order zero, by its power series. */
function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
