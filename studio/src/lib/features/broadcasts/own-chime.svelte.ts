import type { ChimeTurn } from '#lib/audio/chime-gate.ts';
import type { MicChain } from '#lib/audio/mic-chain.ts';
import type { LiveStore } from '#lib/live/live-store.svelte.ts';
import { leadWithChime } from './chime-lead.ts';
import type { ChimeWish } from './wish.ts';

/** The chime in front of the broadcast of one slot: from the press until it has been played, or will not be. */
export class OwnChime {
  readonly #live: LiveStore;
  /** Until when it plays, in server time; the presenter speaks after it. */
  untilMs = $state(0);
  #chain: MicChain | null = null;
  #turn: ChimeTurn | null = null;
  /** What leads as soon as the broadcast, which waits for its zones, is on air. */
  #wish: ChimeWish | null = null;
  /** Its broadcast waits, or did when the server was last heard: a microphone that comes meanwhile is shut as long. */
  #held = false;

  constructor(live: LiveStore) {
    this.#live = live;
  }

  /** One microphone for all: the chime of an earlier start ends here, and nothing of the voice comes before this one. */
  begin(chain: MicChain | null, wish: ChimeWish | null): void {
    this.#chain = chain;
    this.#turn = null;
    this.#wish = wish;
    this.#held = false;
    if (wish) this.#turn = chain?.awaitChime() ?? null;
    else chain?.openGate();
  }

  /** After a reload: its broadcast was waiting for its turn, and the chime is still to come. */
  restore(wish: ChimeWish): void {
    this.#wish = wish;
    this.#held = true;
  }

  /** Another microphone, whose gate is open: it is shut for a chime that is still to come before anything of it is sent. */
  follow(chain: MicChain | null): void {
    if (chain === this.#chain) return;
    this.#chain = chain;
    this.#turn = this.#wish === null ? null : (chain?.awaitChime() ?? null);
    if (this.#held) this.#turn?.hold();
    this.untilMs = 0;
  }

  /** Its broadcast waits: the microphone is shut for it, however long that takes. */
  hold(): void {
    if (this.#wish === null) return;
    this.#held = true;
    this.#turn?.hold();
  }

  /** Its broadcast is on air. Plays it, once; later if there is no microphone now. */
  async lead(): Promise<void> {
    const [turn, wish] = [this.#turn, this.#wish];
    if (turn === null || wish === null) return;
    this.#wish = null;
    this.#held = false;
    turn.release();
    const lengthMs = await leadWithChime(turn, this.#live.door, wish);
    if (turn === this.#turn) this.untilMs = this.#live.serverNow() + lengthMs;
  }

  /** Silent at once; the microphone stays shut, lest the voice follow it before the server has ended the broadcast. */
  hush(): void {
    this.untilMs = 0;
    this.#turn?.hush();
  }

  /** Silent, and the microphone is open for whatever comes next. */
  end(): void {
    this.#turn?.end();
    this.#turn = null;
    this.#wish = null;
    this.#held = false;
    this.untilMs = 0;
  }
}
