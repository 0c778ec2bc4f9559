import type { Pilot } from '@loa/shared/protocol/pilot';
import {
  correctClock,
  NO_CLOCK,
  noteClockSample,
  offsetAt,
  type ClockEstimate,
  type ClockSample,
  type ClockState,
} from '@loa/shared/timing/clock-offset';
import { PilotOffset } from '@loa/shared/timing/pilot-offset';

/** Own time in ms since the Unix epoch; monotonic, so a step of the wall clock does not move it. */
export function localNow(): number {
  return performance.timeOrigin + performance.now();
}

/** Pilots that are looked at together: the quickest of them says most. */
const PILOTS = 10;
/**
 * A pilot is never under way for longer than this, in ms. If it seems to be, the door's answers are about another clock than
 * the one that stamps, and the pilots are believed.
 */
export const MAX_PILOT_TRANSIT_MS = 1_000;

/** PO21: the clock that stamps, as this receiver knows it: from the door's answers, checked by the pilots. */
export class ServerClock {
  #state: ClockState = NO_CLOCK;
  /** From the registration, until the first probe was answered. */
  #firstGuessMs: number | null = null;
  /** Which clock the pilots speak of. */
  #last: Pick<Pilot, 'run' | 'clock'> | null = null;
  #pilotOffsets: number[] = [];
  readonly #sincePilots = new PilotOffset();

  guess(serverTimeMs: number): void {
    this.#firstGuessMs ??= serverTimeMs - localNow();
  }

  /** Returns by how much the clock stepped, in ms; 0 if it did not. */
  note(sample: ClockSample): number {
    const corrected = correctClock(this.#state, this.#sincePilots.takeCorrection());
    const { state, steppedMs } = noteClockSample(corrected, sample);
    this.#state = state;
    return steppedMs;
  }

  /** A pilot that says `serverTimeMs` came at own time `arrivedMs`. */
  notePilot(pilot: Pick<Pilot, 'run' | 'clock' | 'serverTimeMs'>, arrivedMs: number): void {
    const before = this.#last;
    const wasSet = before?.run === pilot.run && before.clock !== pilot.clock;
    if (wasSet || before?.run !== pilot.run) {
      this.#pilotOffsets = [];
      this.#sincePilots.forget();
    }
    if (wasSet) {
      // TL8: what the door said before was said of the clock as it was then.
      this.#state = NO_CLOCK;
      this.#firstGuessMs = null;
    }
    this.#last = { run: pilot.run, clock: pilot.clock };
    this.#pilotOffsets = [...this.#pilotOffsets, pilot.serverTimeMs - arrivedMs].slice(-PILOTS);
    const { estimate } = this.#state;
    if (estimate === null || this.disagreed) return;
    const door = { offsetMs: offsetAt(estimate, arrivedMs), answeredMs: estimate.atMs, driftPpm: estimate.driftPpm };
    this.#sincePilots.note({ atMs: arrivedMs, offsetMs: pilot.serverTimeMs - arrivedMs }, door);
  }

  get estimate(): ClockEstimate | null {
    return this.#state.estimate;
  }

  /** Whether door and pilots speak of different clocks. */
  get disagreed(): boolean {
    const pilots = this.#fromPilots();
    const door = this.#fromDoor(localNow());
    return pilots !== null && door !== null && Math.abs(door - pilots) > MAX_PILOT_TRANSIT_MS;
  }

  /** Own time → server time, in ms. */
  toServer(localMs: number): number {
    const offsetMs = this.disagreed ? this.#fromPilots() : (this.#fromDoor(localMs) ?? this.#fromPilots());
    return localMs + (offsetMs ?? 0);
  }

  now(): number {
    return this.toServer(localNow());
  }

  #fromDoor(localMs: number): number | null {
    const { estimate } = this.#state;
    return estimate === null ? this.#firstGuessMs : offsetAt(estimate, localMs) + this.#sincePilots.correctionMs;
  }

  #fromPilots(): number | null {
    return this.#pilotOffsets.length > 0 ? Math.max(...this.#pilotOffsets) : null;
  }
}
