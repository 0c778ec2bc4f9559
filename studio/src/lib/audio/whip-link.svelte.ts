import type { Problem } from '@loa/shared/protocol/errors';
import type { Door } from '../live/door.ts';
import { RtcSession, type RtcState } from './rtc-session.ts';

/** Enough for wide-band speech with room for music; Opus spends less on silence. */
const MAX_BITRATE = 64_000;
/** A press waits this long for a connection that is just being made. */
const CONNECT_WAIT_MS = 5_000;
const POLL_MS = 20;

/** The presenter's connection to the server, opened before it is needed, so that pressing the button costs one message. */
export class WhipLink {
  state = $state<RtcState | 'off'>('off');
  sourceId = $state<string | null>(null);
  problem = $state.raw<Problem | null>(null);
  readonly #door: Door;
  readonly #label: () => string;
  #session: RtcSession | null = null;
  #track: MediaStreamTrack | null = null;
  /** What is sent: this link's own copy of the track, so that it can be silent while another link speaks. */
  #sent: MediaStreamTrack | null = null;
  #silent = false;

  constructor(door: Door, label: () => string) {
    this.#door = door;
    this.#label = label;
  }

  get connected(): boolean {
    return this.state === 'connected' && this.sourceId !== null;
  }

  /** Sends this track from now on; the track stays the caller's. */
  open(track: MediaStreamTrack): void {
    if (this.#track === track && this.#session) return;
    const before = this.#sent;
    this.#track = track;
    const sent = (this.#sent = this.#copyOf(track));
    if (this.#session) {
      // Another microphone while on air: same source, no gap in the session.
      void this.#session.replaceTrack(sent).finally(() => before?.stop());
      return;
    }
    before?.stop();
    const session = new RtcSession({
      url: `${this.#door.url}/whip?label=${encodeURIComponent(this.#label())}`,
      token: (renew) => this.#door.token({ renew }),
      prepare: (connection) => {
        connection.addTransceiver(this.#sent ?? sent, {
          direction: 'sendonly',
          sendEncodings: [{ maxBitrate: MAX_BITRATE, priority: 'high', networkPriority: 'high' }],
        });
      },
      onResource: (location) => (this.sourceId = new URL(location).pathname.split('/').at(-1) ?? null),
      onState: (state, problem) => {
        if (this.#session !== session) return;
        this.state = state;
        this.problem = problem;
      },
    });
    this.#session = session;
    void session.open();
  }

  /** The source goes on, and says nothing. */
  silence(silent: boolean): void {
    this.#silent = silent;
    if (this.#sent) this.#sent.enabled = !silent;
  }

  /** True as soon as packets can flow; false when that does not happen in time. */
  async whenConnected(): Promise<boolean> {
    const deadline = Date.now() + CONNECT_WAIT_MS;
    while (!this.connected && Date.now() < deadline && this.state !== 'refused') {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return this.connected;
  }

  kick(): void {
    this.#session?.kick();
  }

  /** The server does not know the source any more though the connection looks well. */
  renew(): void {
    void this.#session?.open();
  }

  close(): void {
    const session = this.#session;
    this.#session = null;
    this.#track = null;
    session?.close();
    this.#sent?.stop();
    this.#sent = null;
    this.state = 'off';
    this.sourceId = null;
    this.problem = null;
  }

  #copyOf(track: MediaStreamTrack): MediaStreamTrack {
    const copy = track.clone();
    copy.contentHint = track.contentHint;
    copy.enabled = !this.#silent;
    return copy;
  }
}
