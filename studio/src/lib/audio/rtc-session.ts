import type { Problem } from '@loa/shared/protocol/errors';
import { err, ok, type Result } from '@loa/shared/result';
import { toProblem } from '../live/door.ts';
import { applyRestart, restartFragment } from './sdp-fragment.ts';

export type RtcState = 'connecting' | 'connected' | 'lost' | 'refused' | 'closed';

export interface RtcSessionOptions {
  /** Where the offer is posted (WHIP or WHEP). */
  readonly url: string;
  /** Null for doors that are open to everybody. */
  readonly token: ((renew: boolean) => Promise<Result<string, Problem>>) | null;
  /** Adds the transceivers; called for every new connection. */
  readonly prepare: (connection: RTCPeerConnection) => void;
  /** A new resource was made at the door: its address (RFC 9725 `Location`). */
  readonly onResource?: (location: string) => void;
  readonly onState: (state: RtcState, problem: Problem | null) => void;
}

const POST_TIMEOUT_MS = 8_000;
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
 * One WHIP or WHEP session that is kept up: ICE restart first, a new session if that does not help, for ever, until `close`.
 * Candidates are not trickled: the door is ICE-lite and learns this side's address from the first check.
 */
export class RtcSession {
  readonly #options: RtcSessionOptions;
  #connection: RTCPeerConnection | null = null;
  #resource: { url: string; etag: string | null } | null = null;
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(options: RtcSessionOptions) {
    this.#options = options;
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
    if (this.#closed || this.#connection !== connection) return;
    if (answer.ok) {
      this.#after(CONNECT_TIMEOUT_MS, () =>
        this.#retry({ code: 'unavailable', message: 'no media path to the server' }),
      );
      return;
    }
    if (isFinal(answer.error)) this.#options.onState('refused', answer.error);
    else this.#retry(answer.error);
  }

  /** How the door calls the present session: the last part of its address; null before it has answered. */
  get sessionId(): string | null {
    return this.#resource?.url.split('/').at(-1) ?? null;
  }

  /** The network came back or the server forgot us: do not wait for the next attempt. */
  kick(): void {
    if (this.#closed || this.#connection?.connectionState === 'connected') return;
    this.#attempt = 0;
    void this.open();
  }

  /** Sends another track on the same connection; nothing is negotiated. */
  async replaceTrack(track: MediaStreamTrack): Promise<void> {
    await this.#connection?.getSenders()[0]?.replaceTrack(track);
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
      const posted = await this.#post(connection, offer.sdp ?? '', false);
      if (!posted.ok) return posted;
      await connection.setRemoteDescription({ type: 'answer', sdp: posted.value });
      return ok(null);
    } catch (cause) {
      return err({ code: 'unavailable', message: String(cause) });
    }
  }

  async #post(connection: RTCPeerConnection, sdp: string, renewToken: boolean): Promise<Result<string, Problem>> {
    const headers = await this.#headers('application/sdp', renewToken);
    if (!headers.ok) return headers;
    const response = await fetch(this.#options.url, {
      method: 'POST',
      headers: headers.value,
      body: sdp,
      signal: AbortSignal.timeout(POST_TIMEOUT_MS),
    });
    const body = await response.text();
    if (response.status === 401 && !renewToken) return this.#post(connection, sdp, true);
    if (!response.ok) return err(toProblem(parseJson(body), response.status));
    const location = response.headers.get('location');
    if (location) {
      const url = new URL(location, this.#options.url).href;
      // An answer that comes after its connection was given up belongs to nobody.
      if (this.#closed || connection !== this.#connection) {
        void this.#delete(url);
        return err({ code: 'unavailable', message: 'given up meanwhile' });
      }
      this.#resource = { url, etag: response.headers.get('etag') };
      this.#options.onResource?.(url);
    }
    return ok(body);
  }

  #onConnectionState(connection: RTCPeerConnection): void {
    if (this.#closed || connection !== this.#connection) return;
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
    if (this.#closed || connection !== this.#connection) return;
    this.#options.onState('lost', null);
    this.#after(CONNECT_TIMEOUT_MS, () => void this.open());
    const done = await this.#patchRestart(connection).catch(() => false);
    if (!done && !this.#closed && connection === this.#connection) this.#retry(null);
  }

  async #patchRestart(connection: RTCPeerConnection): Promise<boolean> {
    const resource = this.#resource;
    const answer = connection.remoteDescription?.sdp;
    if (!resource || !answer) return false;
    const offer = await connection.createOffer({ iceRestart: true });
    const fragment = restartFragment(offer.sdp ?? '');
    const headers = await this.#headers('application/trickle-ice-sdpfrag', false);
    if (!fragment || !headers.ok) return false;
    await connection.setLocalDescription(offer);
    const response = await fetch(resource.url, {
      method: 'PATCH',
      headers: { ...headers.value, 'if-match': '*' },
      body: fragment,
      signal: AbortSignal.timeout(POST_TIMEOUT_MS),
    });
    const renewed = response.status === 200 ? applyRestart(answer, await response.text()) : null;
    if (renewed === null || this.#closed || connection !== this.#connection) return false;
    this.#resource = { ...resource, etag: response.headers.get('etag') ?? resource.etag };
    await connection.setRemoteDescription({ type: 'answer', sdp: renewed });
    return true;
  }

  #retry(problem: Problem | null): void {
    this.#attempt += 1;
    this.#options.onState('lost', problem);
    this.#after(retryDelayMs(this.#attempt, Math.random()), () => void this.open());
  }

  async #headers(contentType: string, renew: boolean): Promise<Result<Record<string, string>, Problem>> {
    const headers: Record<string, string> = { 'content-type': contentType };
    if (this.#options.token === null) return ok(headers);
    const token = await this.#options.token(renew);
    return token.ok ? ok({ ...headers, authorization: `Bearer ${token.value}` }) : token;
  }

  #after(delayMs: number, action: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(action, delayMs);
  }

  #discard(): void {
    clearTimeout(this.#timer);
    this.#connection?.close();
    this.#connection = null;
    const resource = this.#resource;
    this.#resource = null;
    if (resource) void this.#delete(resource.url);
  }

  async #delete(url: string): Promise<void> {
    const headers = await this.#headers('application/sdp', false);
    if (!headers.ok) return;
    // The session ends at the door by itself if this does not arrive.
    await fetch(url, { method: 'DELETE', headers: headers.value, keepalive: true }).catch(() => undefined);
  }
}

/** Trying again cannot help: the door understood and said no. */
function isFinal(problem: Problem): boolean {
  return problem.code === 'bad-sdp' || problem.code === 'forbidden' || problem.code === 'not-found';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
