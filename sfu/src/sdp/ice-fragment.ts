import { err, ok, type Result } from '@loa/shared/result';
import { MAX_SDP_BYTES } from '@loa/shared/protocol/limits';
import type { IceAnswer } from '../link/messages.ts';
import type { SdpProblem } from './problem.ts';

/** A `trickle-ice-sdpfrag` body (RFC 8840): credentials, and whether it brings candidates. */
export interface IceFragment {
  readonly ufrag: string | null;
  readonly password: string | null;
  readonly mids: readonly string[];
}

const ICE_CHARS = /^[A-Za-z0-9+/]{4,256}$/;

function attribute(body: string, name: string): string | null {
  return new RegExp(`^a=${name}:(.*)$`, 'm').exec(body)?.[1]?.trim() ?? null;
}

/** Reads a fragment. Candidates are not kept: our side is ICE-lite and answers whoever knocks with the right credentials. */
export function parseIceFragment(body: string): Result<IceFragment, SdpProblem> {
  if (body.length > MAX_SDP_BYTES) return err({ field: 'body', message: `longer than ${MAX_SDP_BYTES} bytes` });
  const lines = body.split(/\r?\n/).filter((line) => line !== '');
  if (lines.length === 0 || lines.some((line) => !/^[a-z]=/.test(line))) {
    return err({ field: 'body', message: 'not an ICE fragment (RFC 8840): lines like a=ice-ufrag:…, a=candidate:…' });
  }
  const ufrag = attribute(body, 'ice-ufrag');
  const password = attribute(body, 'ice-pwd');
  for (const [field, value] of [
    ['a=ice-ufrag', ufrag],
    ['a=ice-pwd', password],
  ] as const) {
    if (value !== null && !ICE_CHARS.test(value))
      return err({ field, message: 'has characters that ICE does not allow' });
  }
  const mids = [...body.matchAll(/^a=mid:(\S+)\s*$/gm)].map((match) => match[1] ?? '');
  return ok({ ufrag, password, mids });
}

/** The answer to an ICE restart: our new credentials and candidates (RFC 9725, section 4.3.3). */
export function writeIceFragment(ice: IceAnswer, mid: string): string {
  const candidates = ice.candidates.map(
    (c) =>
      `a=candidate:${c.foundation} 1 ${c.protocol} ${c.priority} ${c.address} ${c.port} typ ${c.type}${c.tcpType ? ` tcptype ${c.tcpType}` : ''}`,
  );
  const lines = [
    'a=ice-lite',
    `a=ice-ufrag:${ice.usernameFragment}`,
    `a=ice-pwd:${ice.password}`,
    'm=audio 9 UDP/TLS/RTP/SAVPF 0',
    `a=mid:${mid}`,
    ...candidates,
    'a=end-of-candidates',
  ];
  return `${lines.join('\r\n')}\r\n`;
}
