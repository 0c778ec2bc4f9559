import { err, ok, type Result } from '@loa/shared/result';
import type { RTCPeerConnection } from 'werift';
import type { MediaAccess, OnArrival } from './media-access.ts';
import { createReceivingPeer } from './peer-connection.ts';
import { busNames, deleteSession, postOffer, type JoinFailure, type WhepDoor } from './whep-exchange.ts';

/** ICE and DTLS are done within this time after the answer, in ms. */
export const CONNECT_TIMEOUT_MS = 8_000;

export interface WhepRequest extends WhepDoor {
  /** Names of the streams that are asked for, in the order of the m-lines. */
  readonly buses: readonly string[];
  readonly signal: AbortSignal;
  readonly access: MediaAccess;
  readonly ipv6: boolean;
  readonly onArrival: OnArrival;
  /** The door has opened a session; the connection is still to be made. */
  onAnswered(pathId: string): void;
  /** The connection failed after it had been up. */
  onDown(state: string): void;
}

/** One media connection; lives until `close`. */
export interface WhepSession {
  /** How the server calls it. */
  readonly pathId: string;
  close(): Promise<void>;
}

/** Joins by WHEP. Whatever goes wrong, nothing is left open behind a failure. */
export async function joinWhep(request: WhepRequest): Promise<Result<WhepSession, JoinFailure>> {
  const { access, buses, onArrival } = request;
  const peer = createReceivingPeer(buses.length, { ipv6: request.ipv6 });
  const offer = await prepareOffer(peer, request);
  const answer = offer.ok ? await postOffer(request, offer.value, request.signal) : offer;
  if (!answer.ok) {
    await peer.close();
    return answer;
  }
  const { sdp, resource } = answer.value;
  const pathId = resource.pathname.split('/').at(-1) ?? '';
  request.onAnswered(pathId);
  const close = async (): Promise<void> => {
    await Promise.all([peer.close(), deleteSession(request, resource)]);
  };
  const fail = async (failure: JoinFailure): Promise<Result<WhepSession, JoinFailure>> => {
    await close();
    return err(failure);
  };
  if (busNames(sdp).join() !== buses.join()) {
    return fail({ reason: 'bad-answer', detail: `expected ${buses.join()}, got ${busNames(sdp).join()}` });
  }
  try {
    access.answered(peer, sdp, buses, onArrival);
  } catch (error) {
    return fail({ reason: 'bad-answer', detail: String(error) });
  }
  const connected = await connect(peer, sdp, request.signal);
  if (!connected.ok) return fail(connected.error);
  peer.connectionStateChange.subscribe((state) => {
    if (state === 'failed' || state === 'closed' || state === 'disconnected') request.onDown(state);
  });
  // PO50: the media worker takes leave by a close alert, which the state of the whole connection does not show.
  for (const dtls of peer.dtlsTransports) {
    dtls.onStateChange.subscribe((state) => {
      if (state === 'closed') request.onDown(state);
    });
  }
  return ok({ pathId, close });
}

/** Sockets are opened here: where none can be had, on a machine without a network or out of file descriptors, it fails. */
async function prepareOffer(
  peer: RTCPeerConnection,
  { access, buses, onArrival }: WhepRequest,
): Promise<Result<string, JoinFailure>> {
  try {
    access.prepare(peer, buses, onArrival);
    await peer.setLocalDescription(await peer.createOffer());
    return ok(peer.localDescription?.sdp ?? '');
  } catch (error) {
    return err({ reason: 'not-connected', detail: String(error) });
  }
}

async function connect(peer: RTCPeerConnection, sdp: string, signal: AbortSignal): Promise<Result<null, JoinFailure>> {
  if (signal.aborted) return err({ reason: 'closed', detail: 'given up' });
  const up = new Promise<string>((resolve) => {
    peer.connectionStateChange.subscribe((state) => {
      if (state === 'connected' || state === 'failed' || state === 'closed') resolve(state);
    });
    AbortSignal.any([signal, AbortSignal.timeout(CONNECT_TIMEOUT_MS)]).addEventListener('abort', () =>
      resolve('timeout'),
    );
  });
  try {
    await peer.setRemoteDescription({ type: 'answer', sdp });
  } catch (error) {
    return err({ reason: 'bad-answer', detail: String(error) });
  }
  const state = peer.connectionState === 'connected' ? 'connected' : await up;
  if (signal.aborted) return err({ reason: 'closed', detail: 'given up' });
  return state === 'connected' ? ok(null) : err({ reason: 'not-connected', detail: state });
}
