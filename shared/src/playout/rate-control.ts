import { RTP_RATE_HZ } from '../protocol/limits.ts';

/** PO27: drift of a sound card against the server that is taken up for good, in parts per million. */
export const MAX_DRIFT_PPM = 500;
/** PO27: sound is never played faster or slower than this, drift included, in parts per million: a fifteenth of a semitone. */
export const MAX_RATE_PPM = 4_000;
/** PO30: the same in the first moments of sound, when nobody has an ear for its pitch yet: a third of a semitone. */
export const MAX_FIRST_RATE_PPM = 20_000;
/** PO27: an error up to this is none, in samples: it may come from rounding. */
export const DEAD_BAND_SAMPLES = 0.5;
/** A larger error than this comes from something else than drift, and says nothing about it, in samples: 1 ms. */
const MAX_DRIFT_ERROR_SAMPLES = RTP_RATE_HZ / 1_000;
/** Time in which two thirds of a small error are taken up, in s. */
const TIME_CONSTANT_S = 1;
/** PO30: what an error is larger than this, in samples, is not chance and is taken up so many times as fast. */
const SMALL_ERROR_SAMPLES = (0.3 * RTP_RATE_HZ) / 1_000;
const LARGE_ERROR_FACTOR = 5;

/** Critically damped: an error goes to zero without going beyond it for long. */
const PROPORTIONAL = 1 / TIME_CONSTANT_S;
const INTEGRAL = (PROPORTIONAL / 2) ** 2;

/**
 * PO27: how much faster than its stamps the sound is to be played, so that the position comes to where the clock says and stays
 * there. A proportional-integral controller: the integral is what is known of the drift. It does not wind up while
 * a larger error is taken up, and not beyond what a sound card drifts.
 */
export class RateControl {
  #drift = 0;

  /**
   * Source samples for each sample of output while the next `frames` are rendered; `error` is target minus position, in samples; `isFirst`: what is
   * heard has just begun.
   */
  next(error: number, frames: number, isFirst = false): number {
    const wrong = Math.sign(error) * Math.max(0, Math.abs(error) - DEAD_BAND_SAMPLES);
    const beyond = Math.max(0, Math.abs(wrong) - SMALL_ERROR_SAMPLES) * (LARGE_ERROR_FACTOR - 1);
    const pressing = wrong + Math.sign(wrong) * beyond;
    const wantedPpm = ((pressing * PROPORTIONAL) / RTP_RATE_HZ) * 1e6 + this.#drift;
    const ppm = clamp(wantedPpm, isFirst ? MAX_FIRST_RATE_PPM : MAX_RATE_PPM);
    if (Math.abs(error) <= MAX_DRIFT_ERROR_SAMPLES) {
      const change = ((wrong * INTEGRAL) / RTP_RATE_HZ) * (frames / RTP_RATE_HZ) * 1e6;
      this.#drift = clamp(this.#drift + change, MAX_DRIFT_PPM);
    }
    return 1 + ppm / 1e6;
  }

  /** What is known of the drift, in parts per million; positive where the card is slower than the server. */
  get driftPpm(): number {
    return this.#drift;
  }
}

function clamp(value: number, bound: number): number {
  return Math.max(-bound, Math.min(bound, value));
}
