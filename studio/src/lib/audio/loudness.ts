/**
 * Peak and momentary loudness of a mono signal after ITU-R BS.1770-5: K-weighting (two biquads, coefficients of the
 * recommendation for 48 kHz), mean square over 400 ms, -0.691 dB offset.
 */
export interface LevelReading {
  /** Highest sample since the last reading, dBFS; `SILENCE_DB` for silence. */
  readonly peakDbfs: number;
  /** Momentary loudness, LUFS; `SILENCE_DB` for silence. */
  readonly momentaryLufs: number;
}

export const SILENCE_DB = -90;
export const LOUDNESS_RATE_HZ = 48_000;
const MOMENTARY_WINDOW_MS = 400;
/** The window moves in steps of this; it divides the window. */
const STEP_MS = 50;
const STEP_SAMPLES = (LOUDNESS_RATE_HZ * STEP_MS) / 1000;
const STEPS = MOMENTARY_WINDOW_MS / STEP_MS;

const SHELF = {
  b0: 1.53512485958697,
  b1: -2.69169618940638,
  b2: 1.19839281085285,
  a1: -1.69065929318241,
  a2: 0.73248077421585,
};
const HIGH_PASS = { b0: 1, b1: -2, b2: 1, a1: -1.99004745483398, a2: 0.99007225036621 };
type Coefficients = typeof SHELF;

class Biquad {
  readonly #c: Coefficients;
  #z1 = 0;
  #z2 = 0;

  constructor(coefficients: Coefficients) {
    this.#c = coefficients;
  }

  next(x: number): number {
    const c = this.#c;
    const y = c.b0 * x + this.#z1;
    this.#z1 = c.b1 * x - c.a1 * y + this.#z2;
    this.#z2 = c.b2 * x - c.a2 * y;
    return y;
  }
}

export class LoudnessMeter {
  readonly #shelf = new Biquad(SHELF);
  readonly #highPass = new Biquad(HIGH_PASS);
  readonly #steps = new Float64Array(STEPS);
  #step = 0;
  #sum = 0;
  #samples = 0;
  #peak = 0;

  /** Takes samples; answers with a reading each time a step of 50 ms is full. */
  push(block: Float32Array, onReading: (reading: LevelReading) => void): void {
    for (const sample of block) {
      const weighted = this.#highPass.next(this.#shelf.next(sample));
      this.#sum += weighted * weighted;
      this.#peak = Math.max(this.#peak, Math.abs(sample));
      this.#samples += 1;
      if (this.#samples === STEP_SAMPLES) onReading(this.#finishStep());
    }
  }

  #finishStep(): LevelReading {
    this.#steps[this.#step] = this.#sum / STEP_SAMPLES;
    this.#step = (this.#step + 1) % STEPS;
    let total = 0;
    for (const step of this.#steps) total += step;
    const reading = {
      peakDbfs: toDb(this.#peak * this.#peak, 0),
      momentaryLufs: toDb(total / STEPS, -0.691),
    };
    this.#sum = 0;
    this.#samples = 0;
    this.#peak = 0;
    return reading;
  }
}

function toDb(power: number, offset: number): number {
  return power <= 0 ? SILENCE_DB : Math.max(SILENCE_DB, offset + 10 * Math.log10(power));
}
