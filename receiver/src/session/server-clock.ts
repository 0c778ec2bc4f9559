import type { Pilot } from '@loa/shared/protocol/pilot';
import {
  correctClock,
  errorAt,
  forgetClockSamples,
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
/** PO84: what a pilot said so long ago, in ms, says nothing against what the door answers now, nor against a later pilot: clocks drift. */
export const PILOT_LIFE_MS = 15_000;
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
  #pilots: { readonly atMs: number; readonly offsetMs: number }[] = [];
  readonly #sincePilots = new PilotOffset();
  readonly #localNow: () => number;
  #door: string | null = null;

  /** `now`: own time in ms; only tests have another one. */
  constructor(now: () => number = localNow) {
    this.#localNow = now;
  }

  /** From now on this door answers. PO85: what another one answered says nothing about how exactly this one's clock is known. */
  follow(doorUrl: string): void {
    if (this.#door !== null && this.#door !== doorUrl) this.#state = forgetClockSamples(this.#state);
    this.#door = doorUrl;
  }

  guess(serverTimeMs: number): void {
    this.#firstGuessMs ??= serverTimeMs - this.#localNow();
  }

  /** Returns by how much the clock stepped, in ms; 0 if it did not. */
  note(sample: ClockSample): number {
    const corrected = correctClock(this.#state, this.#sincePilots.takeCorrection());
    const isSameDoor = corrected.samples.length > 0;
    const { state, steppedMs } = noteClockSample(corrected, sample);
    this.#state = state;
    // PO84: own time stood still, as in sleep, or the clock was set: pilots of before are no witnesses. Against another door they are.
    if (steppedMs !== 0 && isSameDoor) this.#forgetPilots();
    return steppedMs;
  }

  /** A pilot that says `serverTimeMs` came at own time `arrivedMs`. */
  notePilot(pilot: Pick<Pilot, 'run' | 'clock' | 'serverTimeMs'>, arrivedMs: number): void {
    const before = this.#last;
    const wasSet = before?.run === pilot.run && before.clock !== pilot.clock;
    if (wasSet || before?.run !== pilot.run) this.#forgetPilots();
    if (wasSet) {
      // TL8: what the door said before was said of the clock as it was then.
      this.#state = NO_CLOCK;
      this.#firstGuessMs = null;
    }
    this.#last = { run: pilot.run, clock: pilot.clock };
    const offsetMs = pilot.serverTimeMs - arrivedMs;
    const alive = this.#pilots.filter(({ atMs }) => arrivedMs - atMs <= PILOT_LIFE_MS);
    this.#pilots = [...alive, { atMs: arrivedMs, offsetMs }].slice(-PILOTS);
    const { estimate } = this.#state;
    if (estimate === null || this.disagreed) return;
    const door = { offsetMs: offsetAt(estimate, arrivedMs), answeredMs: estimate.atMs, driftPpm: estimate.driftPpm };
    this.#sincePilots.note({ atMs: arrivedMs, offsetMs }, door);
  }

  /** As it is now: the error is that of this moment (PO85). */
  get estimate(): ClockEstimate | null {
    const { estimate } = this.#state;
    if (estimate === null) return null;
    const pilots = this.#sincePilots.followed;
    const heardMs = Math.max(estimate.atMs, pilots?.atMs ?? Number.NEGATIVE_INFINITY);
    return { ...estimate, errorMs: errorAt(estimate, this.#localNow(), heardMs) + (pilots?.besideMs ?? 0) };
  }

  /** Whether door and pilots speak of different clocks. */
  get disagreed(): boolean {
    const now = this.#localNow();
    const isHeard = now - (this.#pilots.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY) <= PILOT_LIFE_MS;
    const pilots = isHeard ? this.#fromPilots() : null;
    const door = this.#fromDoor(now);
    return pilots !== null && door !== null && Math.abs(door - pilots) > MAX_PILOT_TRANSIT_MS;
  }

  /** Own time → server time, in ms. */
  toServer(localMs: number): number {
    const offsetMs = this.disagreed ? this.#fromPilots() : (this.#fromDoor(localMs) ?? this.#fromPilots());
    return localMs + (offsetMs ?? 0);
  }

  now(): number {
    return this.toServer(this.#localNow());
  }

  #fromDoor(localMs: number): number | null {
    const { estimate } = this.#state;
    return estimate === null ? this.#firstGuessMs : offsetAt(estimate, localMs) + this.#sincePilots.correctionMs;
  }

  #fromPilots(): number | null {
    return this.#pilots.length > 0 ? Math.max(...this.#pilots.map(({ offsetMs }) => offsetMs)) : null;
  }

  #forgetPilots(): void {
    this.#pilots = [];
    this.#sincePilots.forget();
  }
}
