import { randomUUID } from 'node:crypto';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import type { ReceiverId, ZoneId } from '@loa/shared/ids';
import { receiverIdSchema } from '@loa/shared/protocol/receivers';
import type { PathPart } from '@loa/shared/protocol/second-path';
import type { LinkClient } from '../../link/link-client.ts';
import type { Ask } from '../../link/messages.ts';
import { writeAnswer } from '../../sdp/answer.ts';
import { findReceivingAudio, type Offer } from '../../sdp/offer.ts';
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
import type { LivePicture } from '../live/live-picture.ts';
import { ProblemError, toSdpProblem } from '../problem-error.ts';
import type { ZoneBook } from '../zones/zone-book.ts';
import { createReceiverPaths } from './receiver-paths.ts';

type Stream = Ask<'whep:open'>['streams'][number]['of'];

export interface WhepRouter {
  readonly router: Router;
  forget(pathId: string): void;
  forgetAll(): void;
  /** This node is being emptied: second paths go somewhere else. */
  closeSecondPaths(): void;
}

export interface WhepRouterOptions {
  readonly link: LinkClient;
  readonly picture: LivePicture;
  readonly book: ZoneBook;
  readonly iceServers: IceServers;
  readonly publicLimit: RequestHandler;
  authorize(request: Request): void;
  /** NP20: why this receiver may not have a second path here. */
  refuseSecondPath(id: ReceiverId): ProblemError | null;
  /** A path of this receiver is gone, whoever ended it. */
  onReceiverPathClosed(receiverId: ReceiverId, pathId: string): void;
}

/** What is asked for by `?path=`. */
function partOf(request: Request): PathPart {
  const { path } = request.query;
  if (path === undefined) return 'everything';
  if (path === 'second') return 'emergencies';
  throw new ProblemError('bad-request', 'path: second, or left out for the first one', { field: 'path' });
}

/** `POST /whep/receivers/{id}` and `POST /whep/zones/{id}`, and their sessions. */
export function createWhepRouter(options: WhepRouterOptions): WhepRouter {
  const { link, picture, book, iceServers, publicLimit, authorize } = options;
  const closePath = (pathId: string) => void link.ask('whep:close', { pathId }).catch(() => undefined);
  const receiverPaths = createReceiverPaths(closePath);
  /** Every path that is being opened or open, and whose it is; null: of a player of a zone. */
  const owners = new Map<string, ReceiverId | null>();
  const opening = new Set<string>();
  const router = Router();
  const sessions = sessionRoutes(router, '/sessions/:sessionId', {
    restart: (pathId) => link.ask('whep:restart', { pathId }),
    close: (pathId) => link.ask('whep:close', { pathId }),
  });

  const open = async (
    response: Response,
    offer: Offer,
    owner: ReceiverId | null,
    streams: Array<{ of: Stream; streamId: string }>,
    insteadOf?: string,
  ): Promise<string> => {
    const lines = findReceivingAudio(offer);
    if (!lines.ok) throw toSdpProblem(lines.error);
    const first = lines.value[0];
    if (!first || lines.value.length < streams.length) {
      throw new ProblemError(
        'bad-sdp',
        `m=audio: ${streams.length} receiving audio m-lines are needed, ${lines.value.length} were offered`,
        { field: 'm=audio' },
      );
    }
    const pathId = randomUUID();
    const used = streams.map(({ of, streamId }, index) => ({ of, streamId, mid: lines.value[index]?.mid ?? '' }));
    owners.set(pathId, owner);
    opening.add(pathId);
    const asked = { pathId, dtls: offer.dtls, payloadType: first.audio.payloadType, insteadOf };
    const opened = await link
      .ask('whep:open', { ...asked, streams: used.map(({ mid, of }) => ({ mid, of })) })
      .catch((error: unknown) => {
        owners.delete(pathId);
        throw error;
      })
      .finally(() => opening.delete(pathId));
    // The word that it is gone may come together with the answer.
    if (!owners.has(pathId)) throw new ProblemError('unavailable', 'closed while it was opened; POST the offer again');
    const session: MediaSession = { mid: first.mid, clientUfrag: offer.iceUfrag, etag: etagOf(opened.ice) };
    sessions.add(pathId, session);
    const sent = new Map(opened.streams.map((stream) => [stream.mid, stream]));
    const accepted = used.map(({ mid, streamId }) => ({
      mid,
      direction: 'sendonly' as const,
      ssrc: sent.get(mid)?.ssrc ?? 0,
      cname: sent.get(mid)?.cname ?? 'loa',
      streamId,
    }));
    const sdp = writeAnswer(offer, accepted, opened);
    sendAnswer(response, { sdp, location: `/whep/sessions/${pathId}`, etag: session.etag, iceServers });
    return pathId;
  };

  router.post('/receivers/:receiverId', readSdpBody, async (request, response) => {
    authorize(request);
    const id = receiverIdSchema.safeParse(request.params['receiverId']);
    const receiver = id.success ? picture.receiverById(id.data) : undefined;
    if (!receiver)
      throw new ProblemError('not-found', 'receiverId: not registered; connect to /receivers first', {
        field: 'receiverId',
      });
    const part = partOf(request);
    const { receiverId } = receiver;
    const refusal = part === 'emergencies' ? options.refuseSecondPath(receiverId) : null;
    if (refusal) throw refusal;
    const path = picture.tree.pathTo(receiver.zoneId);
    if (path.length === 0)
      throw new ProblemError('conflict', 'its zone does not exist any more: register again with another one', {
        field: 'receiverId',
      });
    const kind = part === 'everything' ? ('bus' as const) : part;
    const buses = path.map((zoneId) => ({ of: { kind, zoneId }, streamId: String(zoneId) }));
    const streams = [{ of: { kind: 'control' as const }, streamId: 'control' }, ...buses];
    const insteadOf = part === 'everything' ? receiverPaths.secondOf(receiverId) : undefined;
    const pathId = await open(response, offerOf(request), receiverId, streams, insteadOf);
    receiverPaths.add(receiverId, { pathId, part });
    // The order to empty this node may have come while it was opened. One whose other node is gone by now needs it more than ever.
    if (part === 'emergencies' && options.refuseSecondPath(receiverId)?.code === 'unavailable') closePath(pathId);
  });

  router.post('/zones/:zone', publicLimit, readSdpBody, async (request, response) => {
    const zoneId: ZoneId = book.resolve(String(request.params['zone']));
    await open(response, offerOf(request), null, [{ of: { kind: 'output', zoneId }, streamId: String(zoneId) }]);
  });

  router.all(['/receivers/:receiverId', '/zones/:zone'], onlyAllow('POST'));
  const forget = (pathId: string) => {
    sessions.forget(pathId);
    const owner = owners.get(pathId);
    owners.delete(pathId);
    if (!owner) return;
    receiverPaths.remove(owner, pathId);
    options.onReceiverPathClosed(owner, pathId);
  };
  return {
    router,
    forget,
    // What is being opened stays: the old pump's are refused when its connection closes, the others wait for the new one.
    forgetAll() {
      for (const pathId of [...owners.keys()]) if (!opening.has(pathId)) forget(pathId);
    },
    closeSecondPaths() {
      for (const pathId of receiverPaths.seconds) closePath(pathId);
    },
  };
}
