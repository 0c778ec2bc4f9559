import { write, type SessionDescription } from 'sdp-transform';
import type { DtlsOffer, TransportAnswer } from '../link/messages.ts';
import type { Offer, OfferedMedia } from './offer.ts';

/** What an accepted m-line carries in the answer. */
export type AcceptedLine =
  | { readonly mid: string; readonly direction: 'recvonly' }
  | {
      readonly mid: string;
      readonly direction: 'sendonly';
      readonly ssrc: number;
      readonly cname: string;
      /** Media stream id: `control`, or the zone. */
      readonly streamId: string;
    };

type AnswerMedia = SessionDescription['media'][number];

/** What Loa wants to get: 20 ms frames of speech with in-band FEC, no gaps. */
const WANTED_PARAMETERS = 'minptime=10;useinbandfec=1;stereo=0;sprop-stereo=0;usedtx=0;maxaveragebitrate=48000';
/** Frames of a source, in ms: the length that Loa wants, and the longest packet that it takes. */
const WANTED_PTIME_MS = 20;
const MAX_PTIME_MS = 60;
/** What Loa sends. */
const SENT_PARAMETERS = 'minptime=10;useinbandfec=1';

function rejectedLine(line: OfferedMedia): AnswerMedia {
  return {
    type: line.type,
    port: 0,
    protocol: line.protocol,
    payloads: line.payloads,
    ...(line.midOffered ? { mid: line.mid } : {}),
    direction: 'inactive',
    rtp: [],
    fmtp: [],
    connection: { version: 4, ip: '0.0.0.0' },
  };
}

function acceptedLine(
  line: OfferedMedia,
  accepted: AcceptedLine,
  transport: TransportAnswer,
  setup: 'active' | 'passive',
): AnswerMedia {
  const payload = line.audio?.payloadType ?? 0;
  const common: AnswerMedia = {
    type: 'audio',
    // Discard port: the address is in the candidates.
    port: 9,
    protocol: line.protocol,
    payloads: String(payload),
    connection: { version: 4, ip: '0.0.0.0' },
    ...(line.midOffered ? { mid: line.mid } : {}),
    direction: accepted.direction,
    rtp: [{ payload, codec: 'opus', rate: 48_000, encoding: 2 }],
    fmtp: [{ payload, config: accepted.direction === 'recvonly' ? WANTED_PARAMETERS : SENT_PARAMETERS }],
    ...(line.audio?.nack ? { rtcpFb: [{ payload, type: 'nack' }] } : {}),
    ...(accepted.direction === 'recvonly' && line.audio?.midExtensionId
      ? { ext: [{ value: line.audio.midExtensionId, uri: 'urn:ietf:params:rtp-hdrext:sdes:mid' }] }
      : {}),
    setup,
    rtcpMux: 'rtcp-mux',
    ...(line.reducedRtcp ? { rtcpRsize: 'rtcp-rsize' } : {}),
    iceUfrag: transport.ice.usernameFragment,
    icePwd: transport.ice.password,
    fingerprint: { type: transport.fingerprint.algorithm, hash: transport.fingerprint.value },
    candidates: transport.ice.candidates.map((candidate) => ({
      foundation: candidate.foundation,
      component: 1,
      transport: candidate.protocol,
      priority: candidate.priority,
      ip: candidate.address,
      port: candidate.port,
      type: candidate.type,
      ...(candidate.tcpType ? { tcptype: candidate.tcpType } : {}),
    })),
    endOfCandidates: 'end-of-candidates',
  };
  if (accepted.direction === 'recvonly') return { ...common, ptime: WANTED_PTIME_MS, maxptime: MAX_PTIME_MS };
  // The library writes a list of msids; its type description still knows the single string of an earlier version.
  const msid = [{ id: accepted.streamId, appdata: `${accepted.streamId}-audio` }] as unknown as string;
  return { ...common, ssrcs: [{ id: accepted.ssrc, attribute: 'cname', value: accepted.cname }], msid };
}

/** The answer to an offer: one line for each of its lines, rejected ones with port 0 (RFC 9725, section 4.4; RFC 8829). */
export function writeAnswer(offer: Offer, accepted: readonly AcceptedLine[], transport: TransportAnswer): string {
  const byMid = new Map(accepted.map((line) => [line.mid, line]));
  const client: DtlsOffer['role'] = offer.dtls.role;
  const bundled = offer.bundleMids.filter((mid) => byMid.has(mid));
  return write({
    version: 0,
    origin: { username: '-', sessionId: '1', sessionVersion: 1, netType: 'IN', ipVer: 4, address: '0.0.0.0' },
    name: '-',
    timing: { start: 0, stop: 0 },
    icelite: 'ice-lite',
    ...(bundled.length > 0 ? { groups: [{ type: 'BUNDLE', mids: bundled.join(' ') }] } : {}),
    msidSemantic: { semantic: 'WMS', token: '*' },
    media: offer.media.map((line) => {
      const match = byMid.get(line.mid);
      return match
        ? acceptedLine(line, match, transport, client === 'client' ? 'passive' : 'active')
        : rejectedLine(line);
    }),
  });
}
