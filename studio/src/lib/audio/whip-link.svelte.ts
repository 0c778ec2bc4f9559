import type { Doors } from '../live/doors.svelte.ts';
import { StuckWatch } from '../live/stuck-watch.ts';
import { RtcSession, type RtcState } from './rtc-session.ts';

/** Enough for wide-band speech with room for music; Opus spends less on silence. */
const MAX_BITRATE = 64_000;
/** A press waits this long for a connection that is just being made. */
const CONNECT_WAIT_MS = 5_000;
const POLL_MS = 20;
/** A session that was left is needed no longer than this, in ms: by then the broadcast is on the new one, or over. */
const LEAVING_MS = 10_000;

/** A session with the door at `url`. */
interface OpenSession {
  readonly url: string;
  readonly session: RtcSession;
}

/** The presenter's connection to the server, opened before it is needed, so that pressing the button costs one message. */
export class WhipLink {
  state = $state<RtcState | 'off'>('off');
  sourceId = $state<string | null>(null);
  /** ND4: with the door that the page asks, sound finds no room, or no path for long. */
  stuck = $state(false);
  readonly #door: Doors;
  readonly #label: () => string;
  #present: OpenSession | null = null;
  /** ND12: the one with another door, until it is connected. */
  #next: OpenSession | null = null;
  /** The one that was left: what it sends is heard until the broadcast is on the new source. */
  #leaving: RtcSession | null = null;
  #leavingTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #watch = new StuckWatch(() => (this.stuck = true));
  #track: MediaStreamTrack | null = null;
  /** What is sent: this link's own copy of the track, so that it can be silent while another link speaks. */
  #sent: MediaStreamTrack | null = null;
  #silent = false;

  constructor(door: Doors, label: () => string) {
    this.#door = door;
    this.#label = label;
  }

  get connected(): boolean {
    return this.state === 'connected' && this.sourceId !== null;
  }

  /** Sends this track from now on; the track stays the caller's. */
  open(track: MediaStreamTrack): void {
    if (this.#track === track && this.#present) return;
    const before = this.#sent;
    this.#track = track;
    const sent = (this.#sent = this.#copyOf(track));
    if (this.#present) {
      // Another microphone while on air: same source, no gap in the session.
      const sessions = [this.#present.session, this.#next?.session, this.#leaving];
      void Promise.all(sessions.map((session) => session?.replaceTrack(sent))).finally(() => before?.stop());
      return;
    }
    before?.stop();
    this.#present = this.#openAt(this.#door.url);
  }

  /** ND12: the page is connected to another door than its sound: there is a session with that one first, then it takes the place of the old one. */
  follow(): void {
    const { url } = this.#door;
    if (!this.#present || (this.#next ?? this.#present).url === url) return;
    const given = this.#next;
    this.#next = this.#present.url === url ? null : this.#openAt(url);
    given?.session.close();
    this.#hasPath();
    if (this.#next !== null || this.state === 'connecting' || this.state === 'lost') this.#watch.note('missing');
  }

  /** Nothing needs the session any more that was left. */
  settle(): void {
    clearTimeout(this.#leavingTimer);
    this.#leaving?.close();
    this.#leaving = null;
  }

  /** The source goes on, and says nothing. */
  silence(silent: boolean): void {
    this.#silent = silent;
    if (this.#sent) this.#sent.enabled = !silent;
  }

  /** True as soon as packets can flow; false when that does not happen in time. */
  async whenConnected(): Promise<boolean> {
    const deadline = Date.now() + CONNECT_WAIT_MS;
    while (!this.#isReady && Date.now() < deadline && this.state !== 'refused') {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return this.#isReady;
  }

  kick(): void {
    this.#present?.session.kick();
    this.#next?.session.kick();
  }

  /** BR60: what is sent does not arrive, however well the connection looks. */
  mend(): void {
    this.#present?.session.kick();
  }

  /** The server does not know the source any more though the connection looks well. */
  renew(): void {
    // One that is being left is not made anew.
    if (this.#next === null) void this.#present?.session.open();
  }

  close(): void {
    const present = this.#present;
    this.#present = null;
    this.#track = null;
    present?.session.close();
    this.#next?.session.close();
    this.#next = null;
    this.settle();
    this.#sent?.stop();
    this.#sent = null;
    this.state = 'off';
    this.sourceId = null;
    this.#hasPath();
  }

  /** Connected to the door that the page asks: only that one can put this source on the air. */
  get #isReady(): boolean {
    return this.connected && this.#present?.url === this.#door.url;
  }

  #openAt(url: string): OpenSession {
    let sourceId: string | null = null;
    const session: RtcSession = new RtcSession({
      url: `${url}/whip?label=${encodeURIComponent(this.#label())}`,
      token: (renew) => this.#door.at(url).token({ renew }),
      prepare: (connection) => {
        connection.addTransceiver(this.#sent ?? 'audio', {
          direction: 'sendonly',
          sendEncodings: [{ maxBitrate: MAX_BITRATE, priority: 'high', networkPriority: 'high' }],
        });
      },
      onResource: (location) => {
        sourceId = new URL(location).pathname.split('/').at(-1) ?? null;
        if (this.#present?.session === session) this.sourceId = sourceId;
      },
      onState: (state, problem) => {
        if (this.#next?.session === session && state === 'connected') this.#arrive(sourceId);
        if ((this.#next ?? this.#present)?.session === session) {
          if (state === 'connected' || state === 'refused') this.#hasPath();
          else this.#watch.note(problem?.code === 'too-many-requests' ? 'no-room' : 'missing');
        }
        if (this.#present?.session === session) this.state = state;
      },
    });
    // What it says in its first turn belongs to whoever keeps it.
    queueMicrotask(() => void session.open());
    return { url, session };
  }

  /** Or is given time for one. */
  #hasPath(): void {
    this.#watch.restart();
    this.stuck = false;
  }

  #arrive(sourceId: string | null): void {
    const left = this.#present?.session ?? null;
    this.settle();
    this.#present = this.#next;
    this.#next = null;
    this.sourceId = sourceId;
    this.#leaving = left;
    this.#leavingTimer = setTimeout(() => this.settle(), LEAVING_MS);
  }

  #copyOf(track: MediaStreamTrack): MediaStreamTrack {
    const copy = track.clone();
    copy.contentHint = track.contentHint;
    copy.enabled = !this.#silent;
    return copy;
  }
}
