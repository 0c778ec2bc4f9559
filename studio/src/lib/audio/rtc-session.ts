import type { Problem } from '@loa/shared/protocol/errors';
import { err, ok, type Result } from '@loa/shared/result';
import { MediaDoor, type RestartAnswer, type TokenSource } from './media-door.ts';
import { applyRestart, restartFragment } from './sdp-fragment.ts';

export type RtcState = 'connecting' | 'connected' | 'lost' | 'refused' | 'closed';

export interface RtcSessionOptions {
  /** Where the offer is posted (WHIP or WHEP). */
  readonly url: string;
  /** Null for doors that are open to everybody. */
  readonly token: TokenSource | null;
  /** Adds the transceivers; called for every new connection. */
  readonly prepare: (connection: RTCPeerConnection) => void;
  /** A new resource was made at the door: its address (RFC 9725 `Location`). */
  readonly onResource?: (location: string) => void;
  readonly onState: (state: RtcState, problem: Problem | null) => void;
}

const CONNECT_TIMEOUT_MS = 6_000;
/** A short interruption heals by itself; after this an ICE restart is tried. */
const DISCONNECTED_GRACE_MS = 1_000;
const RETRY_FIRST_MS = 400;
const RETRY_MAX_MS = 4_000;

/** Delay before attempt `n` (1, 2, …): doubles, with a random share so that many pages do not come back in step. */
export function retryDelayMs(attempt: number, random: number): number {
  const full = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** (attempt - 1));
  return Math.round(full * (0.5 + random / 2));
}

/**
 * One WHIP or WHEP session that is kept up: ICE restart first, for as long as the door cannot be reached or says yes, a new
 * session when it has forgotten this one or the restart does not help; for ever, until `close`.
 * Candidates are not trickled: the door is ICE-lite and learns this side's address from the first check.
 */
export class RtcSession {
  readonly #options: RtcSessionOptions;
  readonly #door: MediaDoor;
  #connection: RTCPeerConnection | null = null;
  #resource: string | null = null;
  /** The ICE restart that is under way; a newer one takes its place. */
  #restarting: AbortController | null = null;
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(options: RtcSessionOptions) {
    this.#options = options;
    this.#door = new MediaDoor(options.url, options.token);
  }

  /** Opens a new session; an old one is dropped. */
  async open(): Promise<void> {
    if (this.#closed) return;
    this.#discard();
    this.#options.onState('connecting', null);
    const connection = new RTCPeerConnection({ iceServers: [], bundlePolicy: 'max-bundle' });
    this.#connection = connection;
    this.#options.prepare(connection);
    connection.onconnectionstatechange = () => this.#onConnectionState(connection);
    const answer = await this.#negotiate(connection);
    if (!this.#isPresent(connection)) return;
    if (answer.ok) {
      this.#whenNotConnected(connection, () =>
        this.#retry({ code: 'unavailable', message: 'no media path to the server' }),
      );
      return;
    }
    if (isFinal(answer.error)) this.#options.onState('refused', answer.error);
    else this.#retry(answer.error);
  }

  /** How the door calls the present session: the last part of its address; null before it has answered. */
  get sessionId(): string | null {
    return this.#resource?.split('/').at(-1) ?? null;
  }

  /**
   * BR60: the network came back or is another one: do not wait for the next attempt. A browser takes a dead path for a good one for
   * some seconds; an ICE restart takes nothing from a path that is good.
   */
  kick(): void {
    if (this.#closed) return;
    const connection = this.#connection;
    this.#attempt = 0;
    if (connection !== null && this.#resource !== null) void this.#restart(connection);
    else if (connection?.connectionState !== 'connected') void this.open();
  }

  /** Sends another track on the same connection; nothing is negotiated. One that does not take it is made anew, with it. */
  async replaceTrack(track: MediaStreamTrack): Promise<void> {
    const connection = this.#connection;
    try {
      await connection?.getSenders()[0]?.replaceTrack(track);
    } catch {
      // One that was given up meanwhile has a successor, which was made with the new track.
      if (connection && this.#isPresent(connection)) await this.open();
    }
  }

  close(): void {
    this.#closed = true;
    this.#discard();
    this.#options.onState('closed', null);
  }

  async #negotiate(connection: RTCPeerConnection): Promise<Result<null, Problem>> {
    try {
      const offer = await connection.createOffer();
      await connection.setLocalDescription(offer);
      const accepted = await this.#door.offer(offer.sdp ?? '');
      if (!accepted.ok) return accepted;
      const { sdp, location } = accepted.value;
      // An answer that comes after its connection was given up belongs to nobody.
      if (!this.#isPresent(connection)) {
        if (location !== null) void this.#door.end(location);
        return err({ code: 'unavailable', message: 'given up meanwhile' });
      }
      this.#resource = location;
      if (location !== null) this.#options.onResource?.(location);
      await connection.setRemoteDescription({ type: 'answer', sdp });
      return ok(null);
    } catch (cause) {
      return err({ code: 'unavailable', message: String(cause) });
    }
  }

  #onConnectionState(connection: RTCPeerConnection): void {
    if (!this.#isPresent(connection)) return;
    if (connection.connectionState === 'connected') {
      clearTimeout(this.#timer);
      this.#attempt = 0;
      this.#options.onState('connected', null);
    } else if (connection.connectionState === 'disconnected') {
      this.#after(DISCONNECTED_GRACE_MS, () => void this.#restart(connection));
    } else if (connection.connectionState === 'failed') {
      void this.#restart(connection);
    }
  }

  async #restart(connection: RTCPeerConnection): Promise<void> {
    if (!this.#isPresent(connection)) return;
    clearTimeout(this.#timer);
    this.#restarting?.abort();
    const restarting = (this.#restarting = new AbortController());
    const looksWell = connection.connectionState === 'connected';
    if (!looksWell) this.#options.onState('lost', null);
    const { kind } = await this.#askRestart(connection, restarting.signal);
    if (restarting.signal.aborted || !this.#isPresent(connection)) return;
    this.#restarting = null;
    // Whatever the door said: a path that has healed meanwhile is not given up.
    if (connection.connectionState === 'connected' && !(looksWell && kind === 'unreachable')) return;
    if (kind === 'restarted') this.#whenNotConnected(connection, () => void this.open());
    else if (kind === 'refused') this.#retry(null);
    else this.#after(this.#nextDelayMs(), () => void this.#restart(connection));
  }

  async #askRestart(connection: RTCPeerConnection, given: AbortSignal): Promise<RestartAnswer> {
    const answer = connection.remoteDescription?.sdp;
    if (this.#resource === null || !answer) return { kind: 'refused' };
    try {
      const offer = await connection.createOffer({ iceRestart: true });
      const fragment = restartFragment(offer.sdp ?? '');
      if (fragment === null) return { kind: 'refused' };
      await connection.setLocalDescription(offer);
      const said = await this.#door.restart(this.#resource, fragment, given);
      if (said.kind !== 'restarted' || given.aborted) return said;
      const renewed = applyRestart(answer, said.fragment);
      if (renewed === null) return { kind: 'refused' };
      await connection.setRemoteDescription({ type: 'answer', sdp: renewed });
      return said;
    } catch {
      return { kind: 'refused' };
    }
  }

  #retry(problem: Problem | null): void {
    this.#options.onState('lost', problem);
    this.#after(this.#nextDelayMs(), () => void this.open());
  }

  #nextDelayMs(): number {
    this.#attempt += 1;
    return retryDelayMs(this.#attempt, Math.random());
  }

  #isPresent(connection: RTCPeerConnection): boolean {
    return !this.#closed && connection === this.#connection;
  }

  #whenNotConnected(connection: RTCPeerConnection, action: () => void): void {
    if (connection.connectionState !== 'connected') this.#after(CONNECT_TIMEOUT_MS, action);
  }

  #after(delayMs: number, action: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(action, delayMs);
  }

  #discard(): void {
    clearTimeout(this.#timer);
    this.#restarting?.abort();
    this.#restarting = null;
    this.#connection?.close();
    this.#connection = null;
    const resource = this.#resource;
    this.#resource = null;
    if (resource !== null) void this.#door.end(resource);
  }
}

/** Trying again cannot help: the door understood and said no. */
function isFinal(problem: Problem): boolean {
  return problem.code === 'bad-sdp' || problem.code === 'forbidden' || problem.code === 'not-found';
}
