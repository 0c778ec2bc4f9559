import { randomUUID } from 'node:crypto';
import { type Request, Router } from 'express';
import type { SourceId } from '@loa/shared/ids';
import type { LinkClient } from '../../link/link-client.ts';
import { writeAnswer } from '../../sdp/answer.ts';
import { findSendingAudio } from '../../sdp/offer.ts';
import {
  etagOf,
  type MediaSession,
  offerOf,
  onlyAllow,
  patchSession,
  readFragmentBody,
  readSdpBody,
  sendAnswer,
} from '../http/media-session.ts';
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
  iceServers: readonly string[],
): WhipRouter {
  const sessions = new Map<string, MediaSession>();
  const router = Router();

  router.use((request, _response, next) => {
    if (request.method !== 'OPTIONS') authorize(request);
    next();
  });

  router.post('/', readSdpBody, async (request, response) => {
    const offer = offerOf(request);
    const audio = findSendingAudio(offer);
    if (!audio.ok) throw toSdpProblem(audio.error);
    const { mid, audio: opus } = audio.value;
    const sourceId = randomUUID() as string as SourceId;
    const label = typeof request.query['label'] === 'string' ? request.query['label'].trim().slice(0, 120) : '';
    const transport = await link.ask('whip:open', {
      sourceId,
      label: label || (request.get('user-agent') ?? 'WHIP').slice(0, 120),
      dtls: offer.dtls,
      mid,
      payloadType: opus.payloadType,
      channels: 2,
      ...(opus.ssrc === null ? {} : { ssrc: opus.ssrc }),
      ...(opus.midExtensionId === null ? {} : { midExtensionId: opus.midExtensionId }),
    });
    const session: MediaSession = { mid, clientUfrag: offer.iceUfrag, etag: etagOf(transport.ice) };
    sessions.set(sourceId, session);
    const sdp = writeAnswer(offer, [{ mid, direction: 'recvonly' }], transport);
    sendAnswer(response, { sdp, location: `/whip/${sourceId}`, etag: session.etag, iceServers });
  });

  router.patch('/:sourceId', readFragmentBody, async (request, response) => {
    const sourceId = String(request.params['sourceId']);
    const session = sessions.get(sourceId);
    if (!session) throw new ProblemError('not-found', 'no such session; POST a new offer');
    await patchSession(request, response, session, () => link.ask('whip:restart', { sourceId }));
  });

  router.delete('/:sourceId', async (request, response) => {
    await link.ask('whip:close', { sourceId: String(request.params['sourceId']) });
    response.status(200).end();
  });

  router.all('/', onlyAllow('POST'));
  router.all('/:sourceId', onlyAllow('PATCH, DELETE'));
  return { router, forget: (sourceId) => void sessions.delete(sourceId), forgetAll: () => sessions.clear() };
}
