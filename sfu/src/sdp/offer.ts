import { parse, type SessionDescription } from 'sdp-transform';
import { MAX_SDP_BYTES, MAX_ZONE_DEPTH } from '@loa/shared/protocol/limits';
import { err, ok, type Result } from '@loa/shared/result';
import { type DtlsOffer, dtlsSchema } from '../link/messages.ts';
import type { SdpProblem } from './problem.ts';

type Line = SessionDescription['media'][number];

/** More m-lines than any client of ours or a video call needs; the rest is an attack or a mistake. */
export const MAX_MEDIA_LINES = MAX_ZONE_DEPTH + 4;

/** One m-line of a checked offer. `audio` is null for what will be rejected with port 0. */
export interface OfferedMedia {
  readonly type: string;
  readonly protocol: string;
  readonly payloads: string;
  readonly mid: string;
  /** False when the client left it out and its place in the offer stands in for it. */
  readonly midOffered: boolean;
  readonly direction: 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';
  /** RTCP packets may come alone, not only in compounds (RFC 5506). */
  readonly reducedRtcp: boolean;
  readonly audio: OfferedAudio | null;
}

export interface OfferedAudio {
  /** Payload type of Opus/48000/2 in this offer. */
  readonly payloadType: number;
  /** Format parameters of the client, as they were offered. */
  readonly parameters: string;
  readonly nack: boolean;
  readonly ssrc: number | null;
  readonly midExtensionId: number | null;
}

/** An offer in which everything that reaches the media worker has been checked. */
export interface Offer {
  readonly media: readonly OfferedMedia[];
  readonly dtls: DtlsOffer;
  /** The m-lines that share one transport; empty when the client offers none together. */
  readonly bundleMids: readonly string[];
  readonly iceUfrag: string;
}

const MID_EXTENSION = 'urn:ietf:params:rtp-hdrext:sdes:mid';
const MID_PATTERN = /^[\w.~+-]{1,32}$/;
const DIRECTIONS = ['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const;

function problem(field: string, message: string, unacceptable = false): { ok: false; error: SdpProblem } {
  return err(unacceptable ? { field, message, unacceptable } : { field, message });
}

/** RFC 3551 gives numbers up to 34 a meaning of their own, and 64 to 95 look like RTCP on the one port (RFC 5761). */
function isDynamic(payloadType: number): boolean {
  return (payloadType >= 35 && payloadType <= 63) || (payloadType >= 96 && payloadType <= 127);
}

/** sdp-transform gives whatever looks like a number as one, and all else as text, whatever its types say. */
function wholeNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) ? value : null;
}

function findOpus(media: Line): { readonly payload: number } | undefined {
  for (const { codec, rate, encoding, payload } of media.rtp ?? []) {
    const number = wholeNumber(payload);
    if (number !== null && String(codec).toLowerCase() === 'opus' && rate === 48_000 && Number(encoding) === 2)
      return { payload: number };
  }
  return undefined;
}

function findAudio(media: Line): OfferedAudio | null {
  // JSEP gives m-lines that exist only inside the bundle port 0 as well; anywhere else it means rejected.
  if (media.type !== 'audio' || (media.port === 0 && media.bundleOnly === undefined)) return null;
  const opus = findOpus(media);
  if (!opus || !isDynamic(opus.payload)) return null;
  const ssrc = Number(media.ssrcs?.[0]?.id);
  const extension = wholeNumber(media.ext?.find(({ uri }) => uri === MID_EXTENSION)?.value);
  return {
    payloadType: opus.payload,
    parameters: String((media.fmtp ?? []).find(({ payload }) => payload === opus.payload)?.config ?? ''),
    nack: (media.rtcpFb ?? []).some(
      ({ payload, type }) => type === 'nack' && (String(payload) === '*' || Number(payload) === opus.payload),
    ),
    ssrc: Number.isInteger(ssrc) && ssrc > 0 && ssrc <= 0xffffffff ? ssrc : null,
    midExtensionId: extension !== null && extension >= 1 && extension <= 14 ? extension : null,
  };
}

function checkDtls(session: ReturnType<typeof parse>, first: Line): Result<DtlsOffer, SdpProblem> {
  const fingerprint = first.fingerprint ?? session.fingerprint;
  if (!fingerprint)
    return problem('a=fingerprint', 'missing: Loa speaks DTLS-SRTP only; offer a certificate fingerprint');
  const setup = first.setup ?? session.setup ?? 'actpass';
  if (!['actpass', 'active', 'passive'].includes(setup))
    return problem('a=setup', `"${setup}" is not actpass, active or passive`);
  const dtls = dtlsSchema.safeParse({
    role: setup === 'passive' ? 'server' : 'client',
    fingerprints: [
      { algorithm: String(fingerprint.type).toLowerCase(), value: String(fingerprint.hash).toUpperCase() },
    ],
  });
  return dtls.success
    ? ok(dtls.data)
    : problem('a=fingerprint', 'not a fingerprint of a known algorithm (sha-1 to sha-512)');
}

/** Checks an SDP offer of at most `MAX_SDP_BYTES`. Nothing that a client wrote goes on unchecked. */
export function parseOffer(sdp: string): Result<Offer, SdpProblem> {
  if (sdp.length > MAX_SDP_BYTES) return problem('body', `longer than ${MAX_SDP_BYTES} bytes`);
  if (!/^v=0\r?\n/.test(sdp)) return problem('v=', 'the body is not an SDP offer (it must begin with v=0)');
  let session: ReturnType<typeof parse>;
  try {
    session = parse(sdp);
  } catch {
    return problem('body', 'not readable as SDP');
  }
  const lines = session.media;
  const first = lines[0];
  if (!first) return problem('m=', 'no m-line: offer one audio m-line with Opus');
  if (lines.length > MAX_MEDIA_LINES) return problem('m=', `more than ${MAX_MEDIA_LINES} m-lines`);

  if (lines.some(({ type, protocol }) => typeof type !== 'string' || typeof protocol !== 'string'))
    return problem('m=', 'an m-line could not be read');

  // Without BUNDLE every m-line has a transport of its own: the one of the audio is used.
  const carrier = lines.find((line) => findAudio(line) && (line.fingerprint ?? session.fingerprint)) ?? first;
  const dtls = checkDtls(session, carrier);
  if (!dtls.ok) return dtls;
  const ufrag = carrier.iceUfrag ?? session.iceUfrag;
  if (!ufrag || !(carrier.icePwd ?? session.icePwd))
    return problem('a=ice-ufrag', 'missing: an offer carries ICE credentials');

  if (carrier.rtcpMux === undefined)
    return problem('a=rtcp-mux', 'missing: RTP and RTCP share one port here; offer that (RFC 5761)', true);

  const media: OfferedMedia[] = [];
  const mids = new Set<string>();
  for (const [index, line] of lines.entries()) {
    const mid = line.mid === undefined ? String(index) : String(line.mid);
    if (!MID_PATTERN.test(mid) || mids.has(mid))
      return problem(`m=${line.type} ${index} a=mid`, 'missing, used twice or not a token');
    mids.add(mid);
    const opus = line.type === 'audio' ? findOpus(line) : undefined;
    if (opus && !isDynamic(opus.payload))
      return problem('a=rtpmap', `Opus as ${opus.payload}: use a dynamic payload type, 96 to 127 or 35 to 63`, true);
    const protocol = String(line.protocol);
    const usable = protocol === 'UDP/TLS/RTP/SAVPF' || protocol === 'UDP/TLS/RTP/SAVP';
    const direction =
      DIRECTIONS.find((name) => name === (line.direction ?? session.direction ?? 'sendrecv')) ?? 'sendrecv';
    media.push({
      type: String(line.type).slice(0, 20),
      protocol,
      payloads: String(line.payloads ?? '0'),
      mid,
      midOffered: line.mid !== undefined,
      direction,
      reducedRtcp: line.rtcpRsize !== undefined,
      audio: usable ? findAudio(line) : null,
    });
  }
  const bundle = session.groups?.find(({ type }) => type === 'BUNDLE');
  const bundleMids = String(bundle?.mids ?? '')
    .split(' ')
    .filter((mid) => mids.has(mid));
  return ok({ media, dtls: dtls.value, bundleMids, iceUfrag: String(ufrag) });
}

/** The m-line that a WHIP session sends its sound on. */
export function findSendingAudio(offer: Offer): Result<OfferedMedia & { audio: OfferedAudio }, SdpProblem> {
  const sending = offer.media.find(
    ({ audio, direction }) => audio && (direction === 'sendonly' || direction === 'sendrecv'),
  );
  if (!sending?.audio) return problem('m=audio', 'no audio m-line that sends Opus (48000/2): offer one', true);
  if (sending.audio.ssrc === null && sending.audio.midExtensionId === null) {
    return problem('a=ssrc', 'packets could not be recognised: offer a=ssrc or the MID header extension', true);
  }
  return ok({ ...sending, audio: sending.audio });
}

/** The audio m-lines that want to receive, all with the same payload type, which one transport needs. */
export function findReceivingAudio(offer: Offer): Result<Array<OfferedMedia & { audio: OfferedAudio }>, SdpProblem> {
  const receiving = offer.media.flatMap((line) =>
    line.audio && (line.direction === 'recvonly' || line.direction === 'sendrecv')
      ? [{ ...line, audio: line.audio }]
      : [],
  );
  const payloadType = receiving[0]?.audio.payloadType;
  if (payloadType === undefined)
    return problem('m=audio', 'no audio m-line that receives Opus (48000/2): offer one', true);
  if (receiving.some(({ audio }) => audio.payloadType !== payloadType)) {
    return problem('a=rtpmap', 'Opus has different payload types in different m-lines: use one', true);
  }
  if (receiving.length > 1 && receiving.some(({ mid }) => !offer.bundleMids.includes(mid))) {
    return problem('a=group', 'all m-lines go over one transport: offer them in one BUNDLE group', true);
  }
  return ok(receiving);
}
