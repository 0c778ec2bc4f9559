import { REACH_SAMPLES, resample } from './resampler.ts';
import type { StampSample } from './stamp-sample.ts';

/**
 * PO26: the line of mixed samples between the mixer, which works at whole stamps, and the sound card, which may want them at any place in
 * between. It keeps what the next interpolation reaches back to.
 */
export class PlayoutLine {
  #samples = new Float32Array(REACH_SAMPLES);
  #start: StampSample;
  /** Of the next sample that leaves, counted from `#start`: of a stamp of today a float keeps only a sixty-fourth of a sample. */
  #at = REACH_SAMPLES;

  /** Begins at a whole stamp, with silence before it. */
  constructor(position: StampSample) {
    this.#start = position - REACH_SAMPLES;
  }

  /** The stamp, with a fraction, of the next sample that leaves. */
  get position(): StampSample {
    return this.#start + this.#at;
  }

  /** The first stamp that is still to be mixed. */
  get end(): StampSample {
    return this.#start + this.#samples.length;
  }

  /** How many samples have to be added before `frames` can leave, each `step` further than the one before. */
  missing(frames: number, step: number): number {
    const isCopy = step === 1 && Number.isInteger(this.#at);
    const last = Math.floor(this.#at + step * (frames - 1));
    return Math.max(0, last + 1 + (isCopy ? 0 : REACH_SAMPLES) - this.#samples.length);
  }

  append(samples: Float32Array): void {
    const joined = new Float32Array(this.#samples.length + samples.length);
    joined.set(this.#samples);
    joined.set(samples, this.#samples.length);
    this.#samples = joined;
  }

  /** Fills `out` and moves on; what `missing` asks for has to be there. */
  render(out: Float32Array, step: number): void {
    resample(this.#samples, this.#at, step, out);
    this.#at += step * out.length;
    const gone = Math.floor(this.#at) - REACH_SAMPLES;
    this.#samples = this.#samples.slice(gone);
    this.#start += gone;
    this.#at -= gone;
  }
}
