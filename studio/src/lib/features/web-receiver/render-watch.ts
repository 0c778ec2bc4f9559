/** The audio thread tells its progress several times a second; one that is silent for this long plays nothing. */
export const RENDER_STALL_MS = 1_000;

/** Tells when sound stands still while the browser says that it runs: the card is gone, its thread hangs, or the renderer threw. */
export class RenderWatch {
  #progressAt: number | null = null;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #failed = false;

  progress(nowMs: number): void {
    this.#progressAt = nowMs;
    this.#failed = false;
  }

  /** The renderer threw, and will play nothing any more. */
  fail(): void {
    this.#failed = true;
  }

  /** To be called several times a second; `running`: the browser lets the page sound, and there is a clock to play by. */
  isStalled(nowMs: number, running: boolean): boolean {
    // A page that itself stood still, or was held back, has not looked; it gives the sound time to go on.
    const looked = running && nowMs - this.#lookedAt < RENDER_STALL_MS;
    this.#lookedAt = running ? nowMs : Number.NEGATIVE_INFINITY;
    if (!looked || this.#progressAt === null) this.#progressAt = nowMs;
    return this.#failed || nowMs - this.#progressAt > RENDER_STALL_MS;
  }
}
