import {
  errorAt,
  forgetClockSamples,
  NO_CLOCK,
  noteClockSample,
  offsetAt,
  type ClockEstimate,
  type ClockState,
} from '@loa/shared/timing/clock-offset';

/** Milliseconds since the epoch on a clock that does not jump when the computer's clock is set. */
export function steadyNow(): number {
  return performance.timeOrigin + performance.now();
}

/** The server's clock as this page knows it. */
export class SteadyClock {
  #state: ClockState = NO_CLOCK;
  #door: string | null = null;

  /** As it is now: the error is that of this moment (PO85). */
  get estimate(): ClockEstimate | null {
    const { estimate } = this.#state;
    return estimate === null ? null : { ...estimate, errorMs: errorAt(estimate, steadyNow()) };
  }

  /** From now on this door answers. PO85: what another one answered says nothing about how exactly this one's clock is known. */
  follow(doorUrl: string): void {
    if (this.#door !== null && this.#door !== doorUrl) this.#state = forgetClockSamples(this.#state);
    this.#door = doorUrl;
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
