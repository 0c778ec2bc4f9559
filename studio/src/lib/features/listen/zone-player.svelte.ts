import { RtcSession, type RtcState } from '#lib/audio/rtc-session.ts';

const VOLUME_KEY = 'loa.listen-volume';
const FADE_MS = 200;

export type PlayerState = 'off' | RtcState | 'blocked';

/** Plays a zone's output: one plain stream, as any WHEP player would. */
export class ZonePlayer {
  state = $state<PlayerState>('off');
  volume = $state(1);
  readonly #url: string;
  #session: RtcSession | null = null;
  #audio: HTMLAudioElement | null = null;
  /** The browser lets no sound out: what comes in is not heard, however well it comes. */
  #blocked = false;

  constructor(doorUrl: string, zoneId: string) {
    this.#url = `${doorUrl}/whep/zones/${encodeURIComponent(zoneId)}`;
  }

  restoreVolume(): void {
    const kept = Number(localStorage.getItem(VOLUME_KEY) ?? '1');
    this.volume = Number.isFinite(kept) ? Math.min(1, Math.max(0, kept)) : 1;
  }

  setVolume(volume: number): void {
    this.volume = volume;
    if (this.#audio) this.#audio.volume = volume;
    localStorage.setItem(VOLUME_KEY, String(volume));
  }

  /** Called from a press, so that the browser lets the sound out. */
  start(audio: HTMLAudioElement): void {
    this.stop();
    this.#audio = audio;
    audio.volume = this.volume;
    const session = new RtcSession({
      url: this.#url,
      token: null,
      prepare: (connection) => {
        connection.addTransceiver('audio', { direction: 'recvonly' });
        connection.ontrack = ({ track }) => this.#attach(audio, track);
      },
      onState: (state) => {
        if (this.#session === session) this.state = this.#blocked && state === 'connected' ? 'blocked' : state;
      },
    });
    this.#session = session;
    void session.open();
  }

  stop(): void {
    const session = this.#session;
    this.#session = null;
    this.#blocked = false;
    session?.close();
    if (this.#audio) {
      this.#audio.pause();
      this.#audio.srcObject = null;
    }
    this.state = 'off';
  }

  kick(): void {
    this.#session?.kick();
  }

  #attach(audio: HTMLAudioElement, track: MediaStreamTrack): void {
    audio.srcObject = new MediaStream([track]);
    const heard = () => {
      this.#blocked = false;
      if (this.state === 'blocked') this.state = 'connected';
    };
    audio.play().then(heard, () => {
      // A new connection replaced this one meanwhile, or the browser wants another press.
      setTimeout(() => {
        if (!audio.paused || !this.#session) return;
        this.#blocked = true;
        this.state = 'blocked';
      }, FADE_MS);
    });
  }
}
