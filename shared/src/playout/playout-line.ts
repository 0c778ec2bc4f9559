import { REACH_SAMPLES, resample } from './resampler.ts';
import type { StampSample } from './stamp-sample.ts';

/**
 * PO26: the line of mixed samples between the mixer, which works at whole stamps, and the sound card, which may want them at any place in
 * between. It keeps what the next interpolation reaches back to.
 */
export class PlayoutLine {
  #samples = new Float32Array(REACH_SAMPLES);
  #start: StampSample;
  #position: StampSample;

  /** Begins at a whole stamp, with silence before it. */
  constructor(position: StampSample) {
    this.#position = position;
    this.#start = position - REACH_SAMPLES;
  }

  /** The stamp, with a fraction, of the next sample that leaves. */
  get position(): StampSample {
    return this.#position;
  }

  /** The first stamp that is still to be mixed. */
  get end(): StampSample {
    return this.#start + this.#samples.length;
  }

  /** How many samples have to be added before `frames` can leave, each `step` further than the one before. */
  missing(frames: number, step: number): number {
    const isCopy = step === 1 && Number.isInteger(this.#position);
    const last = Math.floor(this.#position + step * (frames - 1));
    return Math.max(0, last + 1 + (isCopy ? 0 : REACH_SAMPLES) - this.end);
  }

  append(samples: Float32Array): void {
    const joined = new Float32Array(this.#samples.length + samples.length);
    joined.set(this.#samples);
    joined.set(samples, this.#samples.length);
    this.#samples = joined;
  }

  /** Fills `out` and moves on; what `missing` asks for has to be there. */
  render(out: Float32Array, step: number): void {
    resample(this.#samples, this.#position - this.#start, step, out);
    this.#position += step * out.length;
    const kept = Math.floor(this.#position) - REACH_SAMPLES;
    this.#samples = this.#samples.slice(kept - this.#start);
    this.#start = kept;
  }
}
