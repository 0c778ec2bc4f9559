/** The change of the live picture comes within a tenth of a second of the answer; what has not come by then is not coming. */
const SETTLE_MS = 1_000;

/**
 * What a hand has just set at one slider of a receiver. It is shown in place of the server's word only while that is on its way:
 * when somebody else sets the same slider in the same moment, the server's word may come before the answer, or not change at all.
 */
export class VolumeHand {
  /** Null: the server's word is shown. */
  moving = $state.raw<number | null>(null);
  /** Requests without an answer. */
  #open = 0;
  #settling: ReturnType<typeof setTimeout> | undefined;

  move(volume: number): void {
    clearTimeout(this.#settling);
    this.moving = volume;
  }

  /** `send` answers whether it was carried out; what was refused did not happen, unless something newer is on its way. */
  async set(send: () => Promise<boolean>): Promise<void> {
    clearTimeout(this.#settling);
    this.#open += 1;
    const done = await send();
    this.#open -= 1;
    if (this.#open > 0) return;
    if (done) this.#settling = setTimeout(() => this.#letGo(), SETTLE_MS);
    else this.#letGo();
  }

  /** The server says another volume than before; while a request is open it may be older than it. */
  reported(): void {
    if (this.#open === 0) this.#letGo();
  }

  close(): void {
    clearTimeout(this.#settling);
  }

  #letGo(): void {
    clearTimeout(this.#settling);
    this.moving = null;
  }
}
