import { createHmac } from 'node:crypto';

/** Who may use the TURN servers: everybody by one name, or each session for a while by a secret that the server shares. */
export type TurnAccess =
  | { readonly kind: 'fixed'; readonly username: string; readonly credential: string }
  | { readonly kind: 'secret'; readonly secret: string };

/** STUN and TURN servers that clients are told. */
export interface IceServers {
  readonly urls: readonly string[];
  readonly turn: TurnAccess | null;
}

/** Credentials made of a secret last this long: longer than any broadcast, shorter than it takes for them to be worth stealing. */
const TURN_LIFE_MS = 24 * 3_600_000;

/** RFC 7064 and 7065: `stun:host`, `turns:host:port?transport=tcp`, with an IPv6 address in brackets. */
const ICE_URL = /^(?:stuns?:(?<stun>[^?]+)|turns?:(?<turn>[^?]+)(?:\?transport=(?:udp|tcp))?)$/;
const HOST_AND_PORT = /^(?:\[[0-9a-f:.]+\]|[a-z\d](?:[a-z\d.-]*[a-z\d])?)(?::(?<port>\d{1,5}))?$/i;

export function isIceUrl(text: string): boolean {
  const { stun, turn } = ICE_URL.exec(text)?.groups ?? {};
  const match = HOST_AND_PORT.exec(stun ?? turn ?? '');
  return match !== null && Number(match.groups?.['port'] ?? 1) <= 65_535 && Number(match.groups?.['port'] ?? 1) > 0;
}

export function isTurnUrl(text: string): boolean {
  return /^turns?:/.test(text);
}

/** "A REST API For Access To TURN Services" (draft-uberti-behave-turn-rest): what coturn calls `use-auth-secret`. */
function credentialsAt(access: TurnAccess, now: number): { username: string; credential: string } {
  if (access.kind === 'fixed') return access;
  const username = `${Math.floor((now + TURN_LIFE_MS) / 1_000)}:loa`;
  return { username, credential: createHmac('sha1', access.secret).update(username).digest('base64') };
}

const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** RFC 9725, section 4.6: the `Link` headers of an answer that is given at `now` (ms). */
export function iceServerLinks({ urls, turn }: IceServers, now: number): string[] {
  return urls.map((url) => {
    const link = `<${url}>; rel="ice-server"`;
    if (!turn || !isTurnUrl(url)) return link;
    const { username, credential } = credentialsAt(turn, now);
    return `${link}; username=${quoted(username)}; credential=${quoted(credential)}; credential-type="password"`;
  });
}
