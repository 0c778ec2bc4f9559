import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { MAX_SDP_BYTES } from '@loa/shared/protocol/limits';
import type { IceAnswer } from '../../link/messages.ts';
import { parseIceFragment, writeIceFragment } from '../../sdp/ice-fragment.ts';
import { type Offer, parseOffer } from '../../sdp/offer.ts';
import { ProblemError, toSdpProblem } from '../problem-error.ts';
import { type IceServers, iceServerLinks } from './ice-servers.ts';

/** What WHIP and WHEP share (RFC 9725, section 4): bodies, ETag, PATCH. */

const SDP_TYPE = 'application/sdp';
const FRAGMENT_TYPE = 'application/trickle-ice-sdpfrag';

export const readSdpBody: RequestHandler = express.text({ type: SDP_TYPE, limit: MAX_SDP_BYTES });
const readFragmentBody: RequestHandler = express.text({ type: FRAGMENT_TYPE, limit: MAX_SDP_BYTES });

/** The checked offer of a request; throws a `ProblemError` with a reason otherwise. */
export function offerOf(request: Request): Offer {
  if (!request.is(SDP_TYPE))
    throw new ProblemError('unsupported-media-type', `Content-Type: send ${SDP_TYPE}`, { field: 'Content-Type' });
  const offer = parseOffer(typeof request.body === 'string' ? request.body : '');
  if (!offer.ok) throw toSdpProblem(offer.error);
  return offer.value;
}

/** One session as the door needs it for PATCH: the ICE generation of both sides. */
export interface MediaSession {
  readonly mid: string;
  clientUfrag: string;
  etag: string;
}

export function etagOf(ice: Pick<IceAnswer, 'usernameFragment'>): string {
  return `"${ice.usernameFragment}"`;
}

export function sendAnswer(
  response: Response,
  answer: { sdp: string; location: string; etag: string; iceServers: IceServers },
): void {
  response.status(201).set('Location', answer.location).set('ETag', answer.etag);
  const links = iceServerLinks(answer.iceServers, Date.now());
  if (links.length > 0) response.set('Link', links);
  sendAs(response, SDP_TYPE, answer.sdp);
}

/** Sends bytes: to a text the framework adds a charset, which these types do not have. */
function sendAs(response: Response, type: string, body: string): void {
  response.type(type).send(Buffer.from(body));
}

/** Trickle: 204. New client credentials: ICE restart, 200 with ours. */
async function patchSession(
  request: Request,
  response: Response,
  session: MediaSession,
  restart: () => Promise<IceAnswer>,
): Promise<void> {
  if (!request.is(FRAGMENT_TYPE)) {
    throw new ProblemError('unsupported-media-type', `Content-Type: send ${FRAGMENT_TYPE}`, { field: 'Content-Type' });
  }
  const fragment = parseIceFragment(typeof request.body === 'string' ? request.body : '');
  if (!fragment.ok) throw toSdpProblem(fragment.error);
  const ifMatch = request.get('if-match');
  if (ifMatch === undefined)
    throw new ProblemError('precondition-failed', 'If-Match: send the ETag of the session, or *', {
      field: 'If-Match',
      status: 428,
    });
  if (ifMatch !== '*' && ifMatch !== session.etag) {
    throw new ProblemError('precondition-failed', 'If-Match: this is not the present ICE session', {
      field: 'If-Match',
    });
  }
  const { ufrag, password } = fragment.value;
  if (ufrag === null || ufrag === session.clientUfrag) {
    response.status(204).end();
    return;
  }
  if (password === null)
    throw toSdpProblem({
      field: 'a=ice-pwd',
      message: 'missing: a restart of ICE brings a new name and a new password',
    });
  const ice = await restart();
  session.clientUfrag = ufrag;
  session.etag = etagOf(ice);
  sendAs(response.status(200).set('ETag', session.etag), FRAGMENT_TYPE, writeIceFragment(ice, session.mid));
}

/** RFC 9725: the addresses take POST (sessions PATCH and DELETE) and nothing else. */
export function onlyAllow(methods: string): RequestHandler {
  return (_request, response) => {
    response.set('Allow', methods);
    throw new ProblemError('bad-request', `use ${methods}`, { field: 'method', status: 405 });
  };
}

/** The sessions of one door that took its offers with POST; PATCH and DELETE are the same for WHIP and WHEP. */
export interface MediaSessions {
  add(id: string, session: MediaSession): void;
  forget(id: string): void;
  forgetAll(): void;
}

/** Serves PATCH and DELETE of sessions at `path`, which names its parameter `sessionId`. */
export function sessionRoutes(
  router: Router,
  path: string,
  pump: { restart(id: string): Promise<IceAnswer>; close(id: string): Promise<unknown> },
): MediaSessions {
  const sessions = new Map<string, MediaSession>();
  router.patch(path, readFragmentBody, async (request, response) => {
    const id = String(request.params['sessionId']);
    const session = sessions.get(id);
    if (!session) throw new ProblemError('not-found', 'no such session; POST a new offer');
    await patchSession(request, response, session, () => pump.restart(id));
  });
  // The id of a session is unguessable: who has it may end it.
  router.delete(path, async (request, response) => {
    await pump.close(String(request.params['sessionId']));
    response.status(200).end();
  });
  router.all(path, onlyAllow('PATCH, DELETE'));
  return {
    add: (id, session) => void sessions.set(id, session),
    forget: (id) => void sessions.delete(id),
    forgetAll: () => sessions.clear(),
  };
}
