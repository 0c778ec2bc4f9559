export const HOLD_MS = 1_500;

/** How far a hold is, 0 to 1; `now` and `since` on the same clock. */
export function holdProgress(sinceMs: number | null, nowMs: number): number {
  if (sinceMs === null) return 0;
  return Math.min(1, Math.max(0, (nowMs - sinceMs) / HOLD_MS));
}

/** A button that acts only when it was held long enough, with any of pointer and keyboard. */
export class Hold {
  progress = $state(0);
  #since: number | null = null;
  #frame = 0;
  readonly #act: () => void;

  constructor(act: () => void) {
    this.#act = act;
  }

  start(): void {
    if (this.#since !== null) return;
    this.#since = performance.now();
    this.#step();
  }

  cancel(): void {
    cancelAnimationFrame(this.#frame);
    this.#since = null;
    this.progress = 0;
  }

  #step(): void {
    this.progress = holdProgress(this.#since, performance.now());
    if (this.progress >= 1) {
      this.cancel();
      this.#act();
    } else {
      this.#frame = requestAnimationFrame(() => this.#step());
    }
  }
}
