/** A context that was just made needs a moment before it runs; what takes longer is held back by the browser. */
const GRACE_MS = 500;
const RETRY_MS = 1_000;
/** A finger counts as a gesture when it is lifted, a mouse when it is pressed. */
const GESTURES = ['pointerdown', 'pointerup', 'keydown'] as const;

type Context = Pick<AudioContext, 'state' | 'resume' | 'addEventListener' | 'removeEventListener'>;

/**
 * Tells whether a context runs, and wakes it. Chromium lets a page with an open microphone run one without a gesture, and so
 * do others by their documentation; but any browser may hold it back after a reload, or stop it for a telephone call. Then it
 * runs again by itself or at the next gesture, and until then the page must not say that it sends a voice.
 */
export class ContextWatch {
  readonly #context: Context;
  readonly #gestures: EventTarget;
  readonly #onAsleep: (asleep: boolean) => void;
  #asleep = false;
  #grace: ReturnType<typeof setTimeout> | undefined;
  readonly #retry: ReturnType<typeof setInterval>;
  readonly #wake = () => {
    // Without a gesture the answer may never come, and a closed context refuses: both are told by the state.
    if (!this.#runs) void this.#context.resume().catch(() => undefined);
  };
  readonly #look = () => {
    clearTimeout(this.#grace);
    if (this.#runs) this.#say(false);
    else this.#grace = setTimeout(() => this.#say(!this.#runs), GRACE_MS);
  };

  constructor(context: Context, gestures: EventTarget, onAsleep: (asleep: boolean) => void) {
    this.#context = context;
    this.#gestures = gestures;
    this.#onAsleep = onAsleep;
    context.addEventListener('statechange', this.#look);
    // In the capture phase: what stops an event on its way does not stop this.
    for (const gesture of GESTURES) gestures.addEventListener(gesture, this.#wake, { capture: true });
    this.#retry = setInterval(this.#wake, RETRY_MS);
    this.#wake();
    this.#look();
  }

  close(): void {
    clearTimeout(this.#grace);
    clearInterval(this.#retry);
    this.#context.removeEventListener('statechange', this.#look);
    for (const gesture of GESTURES) this.#gestures.removeEventListener(gesture, this.#wake, { capture: true });
    this.#say(false);
  }

  get #runs(): boolean {
    return this.#context.state === 'running';
  }

  #say(asleep: boolean): void {
    if (asleep === this.#asleep) return;
    this.#asleep = asleep;
    this.#onAsleep(asleep);
  }
}
