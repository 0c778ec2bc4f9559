import pLimit from 'p-limit';
import type { Logger } from 'pino';
import type { Namespace, Socket } from 'socket.io';
import type { z } from 'zod';
import type { ReceiverId, ZoneId } from '@loa/shared/ids';
import type { receiverVolumeRequestSchema } from '@loa/shared/protocol/live';
import {
  type Assignment,
  clockProbeSchema,
  playoutRecordsSchema,
  receiverReportSchema,
  type ReceiverView,
  type Registration,
  registrationSchema,
} from '@loa/shared/protocol/receivers';
import type { ZoneTree } from '@loa/shared/zones/zone-tree';
import { ProblemError } from '../problem-error.ts';
import type { PlayoutRepository } from '../repositories/playout-repository.ts';
import type { ReceiverRepository } from '../repositories/receiver-repository.ts';
import { zonePathText } from '../repositories/zone-repository.ts';
import type { LivePicture } from './live-picture.ts';
import { checkHandshake, createSocketRequests, guardNamespace } from './socket-request.ts';

/** Receivers that one installation knows; each costs a row, and a place in every page's picture. */
const MAX_RECEIVERS = 20_000;

/** The receivers that are connected: their assignments, reports and records. */
export interface ReceiverHub {
  set(request: z.output<typeof receiverVolumeRequestSchema>): Promise<ReceiverView>;
}

export interface ReceiverHubOptions {
  readonly picture: LivePicture;
  readonly receivers: ReceiverRepository;
  readonly playouts: PlayoutRepository;
  readonly accessToken: string;
  readonly playoutDelayMs: number;
  publicUrl(): string;
  serverNow(): number;
  /** The same for those who set their clocks by it; throws while it is not known. */
  clockAnswer(): number;
  readonly log: Logger;
}

/** When a city's receivers send their records at once, connections to the database are left for the log. */
const STORED_AT_A_TIME = 4;

/** A zone by its id, or by its code if that names one zone only. */
export function resolveZone(tree: ZoneTree, zone: string): ZoneId {
  if (tree.has(zone as ZoneId)) return zone as ZoneId;
  const matches = tree.zones.filter(({ code }) => code === zone);
  if (matches.length === 1 && matches[0]) return matches[0].id;
  const message = matches.length === 0 ? 'no zone has this id or code' : 'several zones have this code: use the id';
  throw new ProblemError('not-found', `zone: ${message}`, { field: 'zone' });
}

/** A code never moves a receiver up: after a merger it may name the unit above the one where the device has always stood. */
function placeOf(tree: ZoneTree, zone: string, known: ZoneId | undefined): ZoneId {
  const asked = resolveZone(tree, zone);
  return known !== undefined && asked !== zone && tree.has(known) && tree.covers(asked, known) ? known : asked;
}

export function createReceiverHub(namespace: Namespace, options: ReceiverHubOptions): ReceiverHub {
  const { picture, receivers, playouts, log } = options;
  const storing = pLimit(STORED_AT_A_TIME);
  const sockets = new Map<ReceiverId, Socket>();
  /** Receivers that the database does not have as they are: their records could not be stored either. */
  const unsaved = new Set<ReceiverId>();

  const store = async (view: ReceiverView) => {
    unsaved.add(view.receiverId);
    await receivers.save(view);
    unsaved.delete(view.receiverId);
  };
  const save = (view: ReceiverView) => {
    picture.setReceiver(view);
    store(view).catch((error: unknown) =>
      log.error({ err: error, receiverId: view.receiverId }, 'receiver not stored; its next records try again'),
    );
  };
  /** The receiver of this socket is not connected any more, unless another socket has taken its place. */
  const leave = (socket: Socket) => {
    const { receiverId } = socket.data as { receiverId?: ReceiverId };
    if (!receiverId || sockets.get(receiverId) !== socket) return;
    sockets.delete(receiverId);
    const view = picture.receiverById(receiverId);
    if (view) save({ ...view, online: false, report: null, lastSeenAt: Math.floor(options.serverNow()) });
  };
  const viewOf = (id: ReceiverId): ReceiverView => {
    const view = picture.receiverById(id);
    if (!view) throw new ProblemError('not-found', 'receiverId: no such receiver', { field: 'receiverId' });
    return view;
  };

  const register = (socket: Socket, registration: Registration): Assignment => {
    const { receiverId, name, kind, softwareVersion } = registration;
    const serverTimeMs = options.clockAnswer();
    const known = picture.receiverById(receiverId);
    const zoneId = placeOf(picture.tree, registration.zone, known?.zoneId);
    if (!known && picture.receiverCount >= MAX_RECEIVERS)
      throw new ProblemError('too-many-requests', `there are ${MAX_RECEIVERS} receivers already; remove some`);
    if ((socket.data as { receiverId?: ReceiverId }).receiverId !== receiverId) leave(socket);
    const other = sockets.get(receiverId);
    if (other && other !== socket) {
      // The older connection is usually a dead one of the same device; if it lives, it will say so by coming back.
      log.warn({ receiverId }, 'a second connection with this id; the first one is closed');
      other.disconnect(true);
    }
    sockets.set(receiverId, socket);
    (socket.data as { receiverId?: ReceiverId }).receiverId = receiverId;
    const view: ReceiverView = {
      receiverId,
      name,
      kind,
      zoneId,
      online: true,
      lastSeenAt: Math.floor(options.serverNow()),
      softwareVersion,
      volume: known?.volume ?? 80,
      emergencyVolume: known?.emergencyVolume ?? 100,
      muted: known?.muted ?? false,
      report: null,
    };
    save(view);
    return {
      receiverId,
      zoneId,
      path: picture.tree.pathTo(zoneId).map((id) => ({ zoneId: id, name: picture.tree.zoneById(id)?.name ?? id })),
      whepUrl: `${options.publicUrl()}/whep/receivers/${encodeURIComponent(receiverId)}`,
      playoutDelayMs: options.playoutDelayMs,
      volume: view.volume,
      emergencyVolume: view.emergencyVolume,
      muted: view.muted,
      serverTimeMs,
    };
  };

  const registeredId = (socket: Socket): ReceiverId => {
    const { receiverId } = socket.data as { receiverId?: ReceiverId };
    if (!receiverId) throw new ProblemError('conflict', 'register first');
    return receiverId;
  };

  guardNamespace(namespace, ({ handshake }) => checkHandshake(handshake.auth, options.accessToken, false));

  namespace.on('connection', (socket) => {
    const requests = createSocketRequests(socket, log);
    requests.on('receiver:register', registrationSchema, (registration) => register(socket, registration));
    requests.on('receiver:report', receiverReportSchema, (report) => {
      const view = viewOf(registeredId(socket));
      picture.setReceiver({ ...view, report, lastSeenAt: Math.floor(options.serverNow()) });
    });
    requests.on('clock:probe', clockProbeSchema, ({ clientTimeMs }) => ({
      clientTimeMs,
      serverTimeMs: options.clockAnswer(),
    }));
    requests.on('playout:records', playoutRecordsSchema, async ({ records }) => {
      const receiverId = registeredId(socket);
      if (unsaved.has(receiverId)) await store(viewOf(receiverId));
      const stored: string[] = [];
      for (const record of records) {
        const broadcastId =
          picture.broadcastIdOfTag(record.tag) ?? (await playouts.findBroadcastId(record.tag, record.firstSoundAt));
        const about = { broadcastId, zonePathText: zonePathText(picture.tree, record.zoneId) };
        const kept = record.receiverId === receiverId && (await storing(() => playouts.store(record, about)));
        // What can never be stored is acknowledged too: it must not keep the records behind it from being sent.
        if (!kept) log.error({ receiverId, record }, 'a playout record that cannot be stored is dropped');
        stored.push(record.id);
      }
      return { stored };
    });
    socket.on('disconnect', () => leave(socket));
  });

  return {
    async set({ receiverId, volume, emergencyVolume, muted }) {
      const id = receiverId as ReceiverId;
      const before = viewOf(id);
      const settings = {
        ...(volume === undefined ? {} : { volume }),
        ...(emergencyVolume === undefined ? {} : { emergencyVolume }),
        ...(muted === undefined ? {} : { muted }),
      };
      const view: ReceiverView = { ...before, ...settings };
      await store(view);
      picture.setReceiver({ ...viewOf(id), ...settings });
      sockets.get(id)?.emit('receiver:settings', settings);
      return view;
    },
  };
}
