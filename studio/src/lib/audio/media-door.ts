import type { Problem } from '@loa/shared/protocol/errors';
import { err, ok, type Result } from '@loa/shared/result';
import { toProblem } from '../live/door.ts';

const POST_TIMEOUT_MS = 8_000;
/** Shorter: on a line that comes back, a request made anew is quicker than one that waits for its next repetition. */
const PATCH_TIMEOUT_MS = 4_000;

/** Asks for the access token; `renew` after the door refused the last one. */
export type TokenSource = (renew: boolean) => Promise<Result<string, Problem>>;

export interface Accepted {
  readonly sdp: string;
  /** The resource of the session (RFC 9725 `Location`), absolute; null when the door names none. */
  readonly location: string | null;
}

/**
 * What became of the question for an ICE restart. A door that could not be reached, or not all of it, may still have the session;
 * one that answers otherwise has not.
 */
export type RestartAnswer =
  | { readonly kind: 'restarted'; readonly fragment: string }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'refused' };

/** The door's side of WHIP and WHEP (RFC 9725): what a session asks over HTTP. */
export class MediaDoor {
  readonly #url: string;
  readonly #token: TokenSource | null;

  constructor(url: string, token: TokenSource | null) {
    this.#url = url;
    this.#token = token;
  }

  async offer(sdp: string, renewToken = false): Promise<Result<Accepted, Problem>> {
    const headers = await this.#headers('application/sdp', renewToken);
    if (!headers.ok) return headers;
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: headers.value,
      body: sdp,
      signal: AbortSignal.timeout(POST_TIMEOUT_MS),
    });
    const body = await response.text();
    if (response.status === 401 && !renewToken) return this.offer(sdp, true);
    if (!response.ok) return err(toProblem(parseJson(body), response.status));
    const location = response.headers.get('location');
    return ok({ sdp: body, location: location === null ? null : new URL(location, this.#url).href });
  }

  async restart(resource: string, fragment: string, given: AbortSignal): Promise<RestartAnswer> {
    try {
      const headers = await this.#headers('application/trickle-ice-sdpfrag', false);
      if (!headers.ok) return { kind: headers.error.code === 'unavailable' ? 'unreachable' : 'refused' };
      const response = await fetch(resource, {
        method: 'PATCH',
        headers: { ...headers.value, 'if-match': '*' },
        body: fragment,
        signal: AbortSignal.any([given, AbortSignal.timeout(PATCH_TIMEOUT_MS)]),
      });
      if (response.status === 200) return { kind: 'restarted', fragment: await response.text() };
      return { kind: response.status >= 500 ? 'unreachable' : 'refused' };
    } catch {
      return { kind: 'unreachable' };
    }
  }

  async end(resource: string): Promise<void> {
    const headers = await this.#headers('application/sdp', false);
    if (!headers.ok) return;
    // The session ends at the door by itself if this does not arrive.
    await fetch(resource, { method: 'DELETE', headers: headers.value, keepalive: true }).catch(() => undefined);
  }

  async #headers(contentType: string, renew: boolean): Promise<Result<Record<string, string>, Problem>> {
    const headers: Record<string, string> = { 'content-type': contentType };
    if (this.#token === null) return ok(headers);
    const token = await this.#token(renew);
    return token.ok ? ok({ ...headers, authorization: `Bearer ${token.value}` }) : token;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
