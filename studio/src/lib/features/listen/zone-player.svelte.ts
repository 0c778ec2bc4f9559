import { MAX_BUFFER_TARGET_MS } from '#lib/audio/buffer-target.ts';
import { RtcSession, type RtcState } from '#lib/audio/rtc-session.ts';
import type { Doors } from '#lib/live/doors.svelte.ts';
import { StuckWatch } from '#lib/live/stuck-watch.ts';
import { ListenLag } from './listen-lag.ts';

const VOLUME_KEY = 'loa.listen-volume';
const FADE_MS = 200;
const LAG_MS = 2_000;

export type PlayerState = 'off' | RtcState | 'blocked';

/** A session with the door at `url`. */
interface OpenSession {
  readonly url: string;
  readonly session: RtcSession;
  /** Of the connection that it has now. */
  receiver: RTCRtpReceiver | null;
  lag: ListenLag;
}

/** Plays a zone's output: one plain stream, as any WHEP player would. It is not in step with the loudspeakers, and says how late it is (PO91). */
export class ZonePlayer {
  state = $state<PlayerState>('off');
  volume = $state(1);
  /** How far behind live it plays, in ms; null while that is not measured. */
  lagMs = $state<number | null>(null);
  readonly #doors: Doors;
  readonly #zoneId: string;
  readonly #delayMs: () => number;
  #present: OpenSession | null = null;
  /** ND12: the one with another door; what comes over the present one is heard until it is connected. */
  #next: OpenSession | null = null;
  readonly #watch = new StuckWatch(() => this.#leave());
  #audio: HTMLAudioElement | null = null;
  /** The browser lets no sound out: what comes in is not heard, however well it comes. */
  #blocked = false;
  #lagTimer: ReturnType<typeof setInterval> | undefined;

  /** `delayMs`: for how long the browser is to hold sound, asked anew for each connection. */
  constructor(doors: Doors, zoneId: string, delayMs: () => number) {
    this.#doors = doors;
    this.#zoneId = zoneId;
    this.#delayMs = delayMs;
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
    this.#present = this.#openAt(this.#doors.url, audio);
    this.#lagTimer = setInterval(() => void this.#askLag(), LAG_MS);
  }

  /** Called again when another door is in use: its stream takes the place of the old one when it is there. */
  follow(): void {
    const { url } = this.#doors;
    if (!this.#present || !this.#audio || (this.#next ?? this.#present).url === url) return;
    const given = this.#next;
    this.#next = this.#present.url === url ? null : this.#openAt(url, this.#audio);
    given?.session.close();
    this.#watch.restart();
    if (this.#next !== null || this.state === 'connecting' || this.state === 'lost') this.#watch.note('missing');
  }

  stop(): void {
    const sessions = [this.#present?.session, this.#next?.session];
    this.#present = this.#next = null;
    this.#blocked = false;
    clearInterval(this.#lagTimer);
    this.lagMs = null;
    this.#watch.restart();
    for (const session of sessions) session?.close();
    if (this.#audio) {
      this.#audio.pause();
      this.#audio.srcObject = null;
    }
    this.state = 'off';
  }

  kick(): void {
    this.#present?.session.kick();
    this.#next?.session.kick();
  }

  #openAt(url: string, audio: HTMLAudioElement): OpenSession {
    let arrived: MediaStreamTrack | null = null;
    const session: RtcSession = new RtcSession({
      url: `${url}/whep/zones/${encodeURIComponent(this.#zoneId)}`,
      token: null,
      prepare: (connection) => {
        const { receiver } = connection.addTransceiver('audio', { direction: 'recvonly' });
        receiver.jitterBufferTarget = Math.min(MAX_BUFFER_TARGET_MS, this.#delayMs());
        open.receiver = receiver;
        open.lag = new ListenLag();
        connection.ontrack = ({ track }) => {
          arrived = track;
          if (this.#next?.session !== session) this.#attach(audio, track);
        };
      },
      onState: (state, problem) => {
        if (this.#next?.session === session && state === 'connected') {
          this.#present?.session.close();
          this.#present = this.#next;
          this.#next = null;
          if (arrived) this.#attach(audio, arrived);
        }
        if ((this.#next ?? this.#present)?.session === session) {
          if (state === 'connected' || state === 'refused') this.#watch.restart();
          else this.#watch.note(problem?.code === 'too-many-requests' ? 'no-room' : 'missing');
        }
        if (this.#present?.session === session) this.state = this.#blocked && state === 'connected' ? 'blocked' : state;
      },
    });
    // What it says in its first turn belongs to whoever keeps it.
    queueMicrotask(() => void session.open());
    const open: OpenSession = { url, session, receiver: null, lag: new ListenLag() };
    return open;
  }

  async #askLag(): Promise<void> {
    const { receiver, lag } = this.#present ?? {};
    const stats = this.state === 'connected' ? await receiver?.getStats() : undefined;
    // What was asked of a connection that is gone says nothing of the present one.
    if (receiver !== this.#present?.receiver) return;
    this.lagMs = stats && lag ? lag.note(stats.values()) : null;
  }

  /** ND4: where no sound comes about, another node may have some. Not where the page is on its way to another one already. */
  #leave(): void {
    const { url, others } = this.#doors;
    if (others.length > 0 && (this.#next ?? this.#present)?.url === url) this.#doors.failed(Math.random());
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
        if (!audio.paused || !this.#present) return;
        this.#blocked = true;
        this.state = 'blocked';
      }, FADE_MS);
    });
  }
}
