/** Pilots that are looked at together: the quickest of them says most. */
const PILOTS = 20;
/** The door's answers are followed by themselves for this long after the latest one, in ms; then they are an old line that nothing checks. */
export const DOOR_ANSWER_LIFE_MS = 10_000;
/** Share of the difference that one pilot takes up: what ten of them say counts, and not what one does. */
const FOLLOWED = 0.1;

interface Heard {
  readonly atMs: number;
  /** Server time in the pilot minus own time at its arrival, ms: the offset, less what it was under way. */
  readonly offsetMs: number;
}

/**
 * PO21: keeps the offset right while only pilots get through. How long the quickest pilots are under way is learned while the door answers; when it
 * does not, the line of its last answers is moved by what the pilots say since. All times in ms of the own clock.
 */
export class PilotOffset {
  #heard: Heard[] = [];
  #transitMs: number | null = null;
  #correctionMs = 0;
  #followedMs: number | null = null;
  #besideMs = 0;

  /** Notes a pilot. `doorOffsetMs`: by the last answers, at the same moment; `answeredMs`: when the latest of them came; `driftPpm`: of their line. */
  note(
    pilot: Heard,
    door: { readonly offsetMs: number; readonly answeredMs: number; readonly driftPpm: number },
  ): void {
    this.#heard = [...this.#heard, pilot].slice(-PILOTS);
    const moved = (atMs: number): number => (door.driftPpm * (pilot.atMs - atMs)) / 1e6;
    const quickest = Math.max(...this.#heard.map(({ atMs, offsetMs }) => offsetMs + moved(atMs)));
    if (pilot.atMs - door.answeredMs <= DOOR_ANSWER_LIFE_MS) {
      this.#transitMs = door.offsetMs - quickest;
      return;
    }
    if (this.#transitMs === null) return;
    const wanted = quickest + this.#transitMs - door.offsetMs;
    this.#followedMs = pilot.atMs;
    this.#besideMs = Math.abs(wanted - this.#correctionMs);
    this.#correctionMs += (wanted - this.#correctionMs) * FOLLOWED;
  }

  /** The door answers again: what was made up for is its business from now on. Returns what that was. */
  takeCorrection(): number {
    const correctionMs = this.#correctionMs;
    this.#correctionMs = 0;
    this.#followedMs = null;
    return correctionMs;
  }

  /** What to add to the offset by the door's last answers, ms. */
  get correctionMs(): number {
    return this.#correctionMs;
  }

  /** When a pilot was last followed instead of the door, own time in ms, and by how much what it said was beside what was made up for; null: not. */
  get followed(): { readonly atMs: number; readonly besideMs: number } | null {
    return this.#followedMs === null ? null : { atMs: this.#followedMs, besideMs: this.#besideMs };
  }

  /** The pilots speak of another clock from now on, or of the same one after it was set. */
  forget(): void {
    this.#heard = [];
    this.#transitMs = null;
    this.#correctionMs = 0;
    this.#followedMs = null;
  }
}
