/** Long enough to move through a page with a switch (WCAG 2.2.1), and it can be lengthened as often as it is wanted. */
export const ARMED_S = 30;
/** The second click of a double click, or a key that is held down, is no confirmation. */
export const SETTLE_MS = 700;

/** A lock before a deed: it is opened, then the deed is confirmed; it shuts again by itself. */
export class TwoStepLock {
  /** Seconds until it shuts; 0 while it is shut. */
  left = $state(0);
  #armedAtMs = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  get armed(): boolean {
    return this.left > 0;
  }

  arm(): void {
    this.#armedAtMs = performance.now();
    this.extend();
  }

  /** Begins the time anew. */
  extend(): void {
    this.left = ARMED_S;
    clearInterval(this.#timer);
    this.#timer = setInterval(() => {
      this.left -= 1;
      if (this.left <= 0) this.shut();
    }, 1_000);
  }

  /** Whether this press confirms; if so the lock is shut. */
  confirm(): boolean {
    if (!this.armed || performance.now() - this.#armedAtMs < SETTLE_MS) return false;
    this.shut();
    return true;
  }

  shut(): void {
    clearInterval(this.#timer);
    this.left = 0;
  }
}
