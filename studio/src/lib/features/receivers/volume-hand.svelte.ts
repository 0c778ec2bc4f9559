/** The change of the live picture comes within a tenth of a second of the answer; what has not come by then is not coming. */
const SETTLE_MS = 1_000;

export interface Volumes {
  readonly volume?: number;
  readonly emergencyVolume?: number;
}

/**
 * What a hand has just set at a receiver's sliders. It is shown in place of the server's word only while that is on its way: when
 * somebody else sets the same slider in the same moment, the server's word may come before the answer, or not change at all.
 */
export class VolumeHand {
  moving = $state.raw<Volumes>({});
  /** Requests without an answer. */
  #open = 0;
  #settling: ReturnType<typeof setTimeout> | undefined;

  move(volumes: Volumes): void {
    clearTimeout(this.#settling);
    this.moving = volumes;
  }

  /** `send` answers whether it was carried out; what was refused did not happen. */
  async set(send: () => Promise<boolean>): Promise<boolean> {
    clearTimeout(this.#settling);
    this.#open += 1;
    const done = await send();
    this.#open -= 1;
    if (!done) this.#letGo();
    else if (this.#open === 0) this.#settling = setTimeout(() => this.#letGo(), SETTLE_MS);
    return done;
  }

  /** The server says other volumes than before; while a request is open they may be older than it. */
  reported(): void {
    if (this.#open === 0) this.#letGo();
  }

  close(): void {
    clearTimeout(this.#settling);
  }

  #letGo(): void {
    clearTimeout(this.#settling);
    this.moving = {};
  }
}
