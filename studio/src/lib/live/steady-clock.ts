import { NO_CLOCK, noteClockSample, offsetAt, type ClockState } from '@loa/shared/timing/clock-offset';

/** Milliseconds since the epoch on a clock that does not jump when the computer's clock is set. */
export function steadyNow(): number {
  return performance.timeOrigin + performance.now();
}

/** The server's clock as this page knows it. */
export class SteadyClock {
  #state: ClockState = NO_CLOCK;

  get estimate() {
    return this.#state.estimate;
  }

  note(sentAtMs: number, serverTimeMs: number): void {
    this.#state = noteClockSample(this.#state, { sentAtMs, serverTimeMs, receivedAtMs: steadyNow() }).state;
  }

  now(): number {
    return Math.round(steadyNow() + (this.offsetMs ?? 0));
  }

  /** Server's clock minus `steadyNow`, in ms; null as long as it is not known. */
  get offsetMs(): number | null {
    const { estimate } = this.#state;
    return estimate === null ? null : offsetAt(estimate, steadyNow());
  }
}
