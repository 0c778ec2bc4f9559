import { fromDb } from './gain.ts';
import { RTP_RATE_HZ } from '../protocol/limits.ts';

/** No rendered sample exceeds this, in dBFS. */
export const CEILING_DBFS = -1;
/** Time constant with which the limiter lets go, in ms: slow enough not to follow single periods of a voice. */
export const RELEASE_MS = 80;

const CEILING = fromDb(CEILING_DBFS);
const RELEASE = 1 - Math.exp(-1_000 / (RELEASE_MS * RTP_RATE_HZ));

/**
 * PO13: turns the gain down in the very sample that would exceed the ceiling and lets it recover slowly. It adds no delay,
 * which keeps "rendered at stamp plus delay" exact, and below the ceiling it changes nothing.
 */
export class Limiter {
  #gain = 1;

  /** Works in place. */
  process(samples: Float32Array): void {
    for (let index = 0; index < samples.length; index += 1) {
      const value = samples[index] ?? 0;
      const magnitude = Math.abs(value);
      this.#gain += (1 - this.#gain) * RELEASE;
      if (magnitude * this.#gain > CEILING) this.#gain = CEILING / magnitude;
      samples[index] = Math.max(-CEILING, Math.min(CEILING, value * this.#gain));
    }
  }
}
