import {
  NO_CLOCK,
  noteClockSample,
  type ClockEstimate,
  type ClockSample,
  type ClockState,
} from '@loa/shared/timing/clock-offset';

/** Own time in ms since the Unix epoch; monotonic, so a step of the wall clock does not move it. */
export function localNow(): number {
  return performance.timeOrigin + performance.now();
}

/** The server's clock as this receiver knows it. */
export class ServerClock {
  #state: ClockState = NO_CLOCK;
  /** From the registration, until the first probe was answered. */
  #firstGuessMs: number | null = null;

  guess(serverTimeMs: number): void {
    this.#firstGuessMs ??= serverTimeMs - localNow();
  }

  /** Returns by how much the clock stepped, in ms; 0 if it did not. */
  note(sample: ClockSample): number {
    const { state, steppedMs } = noteClockSample(this.#state, sample);
    this.#state = state;
    return steppedMs;
  }

  get estimate(): ClockEstimate | null {
    return this.#state.estimate;
  }

  get known(): boolean {
    return this.#state.estimate !== null || this.#firstGuessMs !== null;
  }

  /** Own time → server time, in ms. */
  toServer(localMs: number): number {
    return localMs + (this.#state.estimate?.offsetMs ?? this.#firstGuessMs ?? 0);
  }

  now(): number {
    return this.toServer(localNow());
  }
}
