import { randomUUID } from 'node:crypto';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import type { ReceiverId, ZoneId } from '@loa/shared/ids';
import { receiverIdSchema } from '@loa/shared/protocol/receivers';
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

/**
 * A receiver leaves its old path itself when the new one has brought a pilot. One that does not is helped out of it after this time,
 * if the new path is still there: by then the pump has closed a path that was never joined.
 */
const PATH_OVERLAP_MS = 25_000;
/** A receiver that joins again and again holds no more paths than this. */
const MAX_PATHS_OF_RECEIVER = 3;

type Stream = Ask<'whep:open'>['streams'][number]['of'];

export interface WhepRouter {
  readonly router: Router;
  forget(pathId: string): void;
  forgetAll(): void;
}

export interface WhepRouterOptions {
  readonly link: LinkClient;
  readonly picture: LivePicture;
  readonly book: ZoneBook;
  readonly iceServers: IceServers;
  readonly publicLimit: RequestHandler;
  authorize(request: Request): void;
  /** A path of this receiver is gone, whoever ended it. */
  onReceiverPathClosed(receiverId: ReceiverId, pathId: string): void;
}

/** `POST /whep/receivers/{id}` and `POST /whep/zones/{id}`, and their sessions. */
export function createWhepRouter(options: WhepRouterOptions): WhepRouter {
  const { link, picture, book, iceServers, publicLimit, authorize } = options;
  /** The open paths of each receiver, the newest last. */
  const pathsOf = new Map<ReceiverId, string[]>();
  const closePath = (pathId: string) => void link.ask('whep:close', { pathId }).catch(() => undefined);
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
    const asked = { pathId, dtls: offer.dtls, payloadType: first.audio.payloadType };
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
    const path = picture.tree.pathTo(receiver.zoneId);
    if (path.length === 0)
      throw new ProblemError('conflict', 'its zone does not exist any more: register again with another one', {
        field: 'receiverId',
      });
    const buses = path.map((zoneId) => ({ of: { kind: 'bus' as const, zoneId }, streamId: String(zoneId) }));
    const { receiverId } = receiver;
    const streams = [{ of: { kind: 'control' as const }, streamId: 'control' }, ...buses];
    const pathId = await open(response, offerOf(request), receiverId, streams);
    const paths = [...(pathsOf.get(receiverId) ?? []), pathId];
    pathsOf.set(receiverId, paths);
    for (const surplus of paths.slice(0, -MAX_PATHS_OF_RECEIVER)) closePath(surplus);
    const closeOlder = () => {
      const now = pathsOf.get(receiverId) ?? [];
      for (const older of now.slice(0, Math.max(0, now.indexOf(pathId)))) closePath(older);
    };
    setTimeout(closeOlder, PATH_OVERLAP_MS).unref();
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
    const left = (pathsOf.get(owner) ?? []).filter((path) => path !== pathId);
    if (left.length > 0) pathsOf.set(owner, left);
    else pathsOf.delete(owner);
    options.onReceiverPathClosed(owner, pathId);
  };
  return {
    router,
    forget,
    // What is being opened stays: the old pump's are refused when its connection closes, the others wait for the new one.
    forgetAll() {
      for (const pathId of [...owners.keys()]) if (!opening.has(pathId)) forget(pathId);
    },
  };
}
