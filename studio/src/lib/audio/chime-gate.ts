import { playChime, type Chime } from './chime.ts';

const FADE_S = 0.03;
/** Longer than the fade: what was cut is silent before it is taken away. */
const TAKE_AWAY_MS = 200;
/** A start is answered sooner; if not, the voice is not kept waiting for a chime. */
const CHIME_WAIT_MS = 2_000;

/** The chime in front of one broadcast, from its press until it is over, ended or replaced by that of another. */
export interface ChimeTurn {
  /** Plays it; the microphone stays shut until it is over. Answers its length, ms: 0 if nothing is played any more. */
  play(chime: Chime): number;
  /** The same for a chime from the library. */
  playEncoded(encoded: ArrayBuffer): Promise<number>;
  /** Its broadcast waits for its turn: the microphone is shut until the chime is played or will not be. */
  hold(): void;
  /** Its broadcast is on air: the chime follows, or the voice does not wait any longer for it than at any start. */
  release(): void;
  /** The chime falls silent; the microphone stays shut, lest the voice follow it before the server has ended the broadcast. */
  hush(): void;
  /** The chime falls silent, and the microphone is open for whatever comes next. */
  end(): void;
}

/** The gate behind the microphone and the chimes that are mixed in after it. There is one chime at a time. */
export class ChimeGate {
  readonly #context: BaseAudioContext;
  readonly #gate: GainNode;
  readonly #mix: AudioNode;
  readonly #onHold: (holds: boolean) => void;
  #turn: ChimeTurn | null = null;
  #hushed = false;
  #sound: GainNode | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param onHold is told when the microphone is shut for a chime whose time has not come, and when no longer. */
  constructor(context: BaseAudioContext, gate: GainNode, mix: AudioNode, onHold: (holds: boolean) => void) {
    this.#context = context;
    this.#gate = gate;
    this.#mix = mix;
    this.#onHold = onHold;
  }

  /** A chime will follow: nothing of the voice may come before it. */
  begin(): ChimeTurn {
    this.#cut();
    this.#shutFor(CHIME_WAIT_MS);
    this.#hushed = false;
    const mayPlay = () => this.#turn === turn && !this.#hushed;
    const ifMine = (act: () => void) => (this.#turn === turn ? act() : undefined);
    const turn: ChimeTurn = {
      play: (chime) => {
        if (!mayPlay()) return 0;
        playChime(this.#context, chime, this.#newSound());
        this.#shutFor(chime.lengthMs);
        return chime.lengthMs;
      },
      playEncoded: async (encoded) => {
        const audio = await this.#context.decodeAudioData(encoded);
        if (!mayPlay()) return 0;
        const player = this.#context.createBufferSource();
        player.buffer = audio;
        player.connect(this.#newSound());
        player.start();
        const lengthMs = Math.round(audio.duration * 1000);
        this.#shutFor(lengthMs);
        return lengthMs;
      },
      hold: () => ifMine(() => this.#shut()),
      release: () => ifMine(() => this.#shutFor(CHIME_WAIT_MS)),
      hush: () =>
        ifMine(() => {
          this.#hushed = true;
          this.#silence();
        }),
      end: () => ifMine(() => this.open()),
    };
    this.#turn = turn;
    return turn;
  }

  /** Ends whatever chime there is; the voice is heard from now on. */
  open(): void {
    this.#cut();
    this.#gate.gain.setTargetAtTime(1, this.#context.currentTime, FADE_S / 3);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#turn = null;
    this.#onHold(false);
  }

  /** Nothing opens the gate by itself any more. */
  #silence(): void {
    clearTimeout(this.#timer);
    const sound = this.#sound;
    this.#sound = null;
    if (sound === null) return;
    sound.gain.setTargetAtTime(0, this.#context.currentTime, FADE_S / 3);
    setTimeout(() => sound.disconnect(), TAKE_AWAY_MS);
  }

  #cut(): void {
    this.#silence();
    this.#turn = null;
    this.#onHold(false);
  }

  #shut(): void {
    clearTimeout(this.#timer);
    this.#gate.gain.setTargetAtTime(0, this.#context.currentTime, FADE_S / 3);
    this.#onHold(true);
  }

  #newSound(): GainNode {
    this.#silence();
    this.#sound = this.#context.createGain();
    this.#sound.connect(this.#mix);
    return this.#sound;
  }

  #shutFor(lengthMs: number): void {
    this.#shut();
    this.#onHold(false);
    // The turn outlives its wait: a chime whose answer came late is still played.
    this.#timer = setTimeout(() => {
      this.#gate.gain.setTargetAtTime(1, this.#context.currentTime, FADE_S / 3);
    }, lengthMs);
  }
}
