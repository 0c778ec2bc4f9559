import { randomUUID } from 'node:crypto';
import { type Request, Router } from 'express';
import type { SourceId } from '@loa/shared/ids';
import type { LinkClient } from '../../link/link-client.ts';
import { writeAnswer } from '../../sdp/answer.ts';
import { findSendingAudio } from '../../sdp/offer.ts';
import type { IceServers } from '../http/ice-servers.ts';
import {
  etagOf,
  type MediaSession,
  offerOf,
  onlyAllow,
  readSdpBody,
  sendAnswer,
  sessionRoutes,
} from '../http/media-session.ts';
import type { NodeView } from '../peers/node-view.ts';
import { ProblemError, toSdpProblem } from '../problem-error.ts';

export interface WhipRouter {
  readonly router: Router;
  forget(sourceId: string): void;
  forgetAll(): void;
}

/** `POST /whip` and its sessions. */
export function createWhipRouter(
  link: LinkClient,
  authorize: (request: Request) => void,
  iceServers: IceServers,
  nodes: Pick<NodeView, 'refusal'>,
): WhipRouter {
  const router = Router();
  const opening = new Set<string>();

  router.use((request, _response, next) => {
    if (request.method !== 'OPTIONS') authorize(request);
    next();
  });

  const sessions = sessionRoutes(router, '/:sessionId', {
    restart: (sourceId) => link.ask('whip:restart', { sourceId: sourceId as SourceId }),
    close: (sourceId) => link.ask('whip:close', { sourceId: sourceId as SourceId }),
  });

  router.post('/', readSdpBody, async (request, response) => {
    // ND12: what is connected stays; an ICE restart is no new source.
    const refusal = nodes.refusal();
    if (refusal) throw refusal;
    const offer = offerOf(request);
    const audio = findSendingAudio(offer);
    if (!audio.ok) throw toSdpProblem(audio.error);
    const { mid, audio: opus } = audio.value;
    const sourceId = randomUUID() as string as SourceId;
    const label = typeof request.query['label'] === 'string' ? request.query['label'].trim().slice(0, 120) : '';
    opening.add(sourceId);
    const asked = link.ask('whip:open', {
      sourceId,
      label: label || (request.get('user-agent') ?? 'WHIP').slice(0, 120),
      dtls: offer.dtls,
      mid,
      payloadType: opus.payloadType,
      channels: 2,
      ...(opus.ssrc === null ? {} : { ssrc: opus.ssrc }),
      ...(opus.midExtensionId === null ? {} : { midExtensionId: opus.midExtensionId }),
    });
    const transport = await asked.catch((error: unknown) => {
      opening.delete(sourceId);
      throw error;
    });
    // The word that it is gone may come together with the answer.
    if (!opening.delete(sourceId))
      throw new ProblemError('unavailable', 'closed while it was opened; POST the offer again');
    const session: MediaSession = { mid, clientUfrag: offer.iceUfrag, etag: etagOf(transport.ice) };
    sessions.add(sourceId, session);
    const sdp = writeAnswer(offer, [{ mid, direction: 'recvonly' }], transport);
    sendAnswer(response, { sdp, location: `/whip/${sourceId}`, etag: session.etag, iceServers });
  });

  router.all('/', onlyAllow('POST'));
  return {
    router,
    forget(sourceId) {
      opening.delete(sourceId);
      sessions.forget(sourceId);
    },
    // What is being opened stays: the old pump's are refused when its connection closes, the others wait for the new one.
    forgetAll: () => sessions.forgetAll(),
  };
}
