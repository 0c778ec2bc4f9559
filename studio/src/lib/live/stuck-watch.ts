import { steadyNow } from './steady-clock.ts';

/** ND4: no path for so long, though the door answers: another node is tried, in ms. Connecting takes a browser a second or two. */
export const STUCK_MS = 4_000;

/**
 * Says when the session with the door in use is to be looked for elsewhere: at once where there is no room for it, but not more often than every
 * `STUCK_MS`, and when it has had no path for that long.
 */
export class StuckWatch {
  readonly #onStuck: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saidAtMs = Number.NEGATIVE_INFINITY;

  constructor(onStuck: () => void) {
    this.#onStuck = onStuck;
  }

  /** The session in use has no path. It is said again after as long, for there may have been nowhere else to go. */
  note(path: 'missing' | 'no-room'): void {
    if (path === 'no-room' && steadyNow() - this.#saidAtMs >= STUCK_MS) this.#say();
    else this.#timer ??= setTimeout(() => this.#say(), STUCK_MS);
  }

  /** It has one; or another session is in use now, with a time of its own. */
  restart(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #say(): void {
    this.restart();
    this.#saidAtMs = steadyNow();
    this.#timer = setTimeout(() => this.#say(), STUCK_MS);
    this.#onStuck();
  }
}
