import { RTP_RATE_HZ } from '@loa/shared/protocol/limits';
import type { SinkDemand } from './sink.ts';

const SAMPLES_PER_MS = RTP_RATE_HZ / 1_000;
/** A process that stood still for longer than this does not make up for it, in ms. */
export const MAX_CATCH_UP_MS = 2_000;

/**
 * Turns a clock into a demand for samples, for sinks that have none of their own. What is due is judged by the start and not
 * by the last call, so late timers lose nothing.
 */
export class SampleClock {
  readonly #leadMs: number;
  #startMs: number | null = null;
  #taken = 0;
  #restarts = 0;

  /** `leadMs`: how much earlier than it is heard a sample is wanted. */
  constructor(leadMs = 0) {
    this.#leadMs = leadMs;
  }

  demand(nowMs: number): SinkDemand {
    this.#startMs ??= nowMs;
    const due = Math.floor((nowMs + this.#leadMs - this.#startMs) * SAMPLES_PER_MS) - this.#taken;
    if (due > (MAX_CATCH_UP_MS + this.#leadMs) * SAMPLES_PER_MS) {
      this.restart(nowMs);
      return this.demand(nowMs);
    }
    return { frames: Math.max(0, due), heardAtMs: this.#startMs + this.#taken / SAMPLES_PER_MS };
  }

  take(frames: number): void {
    this.#taken += frames;
  }

  /** Samples taken since the start. */
  get taken(): number {
    return this.#taken;
  }

  /** The device told when its first sample was really heard: what is due from now on follows it. */
  adjust(startMs: number): void {
    this.#startMs = startMs;
  }

  /** How often it has given up catching up. */
  get restarts(): number {
    return this.#restarts;
  }

  restart(nowMs: number): void {
    this.#restarts += 1;
    this.#startMs = nowMs;
    this.#taken = 0;
  }
}
