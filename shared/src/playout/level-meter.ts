import { toDb } from './gain.ts';
import { SAMPLES_PER_MS } from './stamp-sample.ts';

/** Level below which a receiver counts as silent, in dBFS. */
export const SILENCE_DBFS = -90;
/** LV10: what sounds below this for a second is taken for no sound at all, in dBFS. */
export const QUIET_DBFS = -60;
/** The meter looks back this far, in ms. */
export const METER_WINDOW_MS = 1_000;
/** Peak below which a stretch counts as a pause for the sake of re-anchoring: -60 dBFS. */
const QUIET_PEAK = 0.001;

interface Piece {
  readonly samples: number;
  readonly energy: number;
}

/** Mean square level → dBFS, or null below `SILENCE_DBFS`. */
export function toLevelDbfs(energy: number, samples: number): number | null {
  if (samples <= 0 || energy <= 0) return null;
  const level = toDb(Math.sqrt(energy / samples));
  return level < SILENCE_DBFS ? null : Math.min(level, 6);
}

/** RMS of what was rendered in the last second, and for how long it has been quiet. */
export class LevelMeter {
  readonly #pieces: Piece[] = [];
  #samples = 0;
  #energy = 0;
  #quietSamples = Number.POSITIVE_INFINITY;

  note(block: Float32Array): void {
    let energy = 0;
    let peak = 0;
    for (const value of block) {
      energy += value * value;
      peak = Math.max(peak, Math.abs(value));
    }
    this.#quietSamples = peak < QUIET_PEAK ? this.#quietSamples + block.length : 0;
    this.#pieces.push({ samples: block.length, energy });
    this.#samples += block.length;
    this.#energy += energy;
    const window = METER_WINDOW_MS * SAMPLES_PER_MS;
    for (let oldest = this.#pieces[0]; oldest && this.#samples - oldest.samples >= window; oldest = this.#pieces[0]) {
      this.#pieces.shift();
      this.#samples -= oldest.samples;
      this.#energy -= oldest.energy;
    }
    // Subtracting leaves rounding errors behind; silence is to be exactly silent.
    if (this.#pieces.every((piece) => piece.energy === 0)) this.#energy = 0;
  }

  levelDbfs(): number | null {
    return toLevelDbfs(this.#energy, this.#samples);
  }

  quietMs(): number {
    return this.#quietSamples / SAMPLES_PER_MS;
  }
}
