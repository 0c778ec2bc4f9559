import type { Logger } from 'pino';
import type { DefaultEventsMap, Namespace, Socket } from 'socket.io';
import type { z } from 'zod';
import type { ReceiverId } from '@loa/shared/ids';
import type { receiverVolumeRequestSchema } from '@loa/shared/protocol/live';
import {
  type Assignment,
  clockProbeSchema,
  receivedRecordsSchema,
  receiverReportSchema,
  type ReceiverView,
  type Registration,
  registrationSchema,
} from '@loa/shared/protocol/receivers';
import type { DoorToReceiver, ReceiverToDoor } from '@loa/shared/protocol/sockets';
import { ProblemError } from '../problem-error.ts';
import type { PlayoutRepository } from '../repositories/playout-repository.ts';
import type { EnrolledReceiver, ReceiverHome, ReceiverRepository } from '../repositories/receiver-repository.ts';
import { within } from '../within.ts';
import { homeFor } from '../zones/receiver-home.ts';
import type { ZoneBook } from '../zones/zone-book.ts';
import type { LivePicture } from './live-picture.ts';
import { addReport, NO_PACKETS, type ReceivedPackets } from './packet-tally.ts';
import { createReassignments } from './reassignments.ts';
import { createReceiverShelf } from './receiver-shelf.ts';
import { createRecordIntake } from './record-intake.ts';
import { checkHandshake, createSocketRequests, guardNamespace } from './socket-request.ts';

/** Set when it has registered. */
interface ReceiverData {
  receiverId?: ReceiverId;
}
export type ReceiverNamespace = Namespace<ReceiverToDoor, DoorToReceiver, DefaultEventsMap, ReceiverData>;
type ReceiverSocket = Socket<ReceiverToDoor, DoorToReceiver, DefaultEventsMap, ReceiverData>;

/** Receivers that one installation knows; each costs a row, and a place in every page's picture. */
const MAX_RECEIVERS = 20_000;

/** The receivers that are connected: their assignments, reports and records. */
export interface ReceiverHub {
  /** Volume and the like, and the zone in which it stands. */
  set(request: z.output<typeof receiverVolumeRequestSchema>): Promise<ReceiverView>;
  /** Shows what the database says; begins with it. */
  enrol(rows: readonly EnrolledReceiver[]): void;
  /** Takes over receivers that were enrolled or moved in the database; false: to be asked again. */
  followRows(): Promise<boolean>;
  /** ZT9: the tree is another one; every receiver stands in a zone of it, and those whose path has changed are told. */
  followTree(): void;
  /** Tells a receiver that this media path of it is gone. */
  tellPathClosed(id: ReceiverId, pathId: string): void;
  /** Takes one out of the list; what it has played stays. Throws `conflict` while it is online. */
  remove(id: ReceiverId): Promise<void>;
  /** Removes pages and load tests that have not been heard of for a long time; a loudspeaker is missed until staff removes it. */
  forgetGone(): void;
  /** Receivers that are connected to this door. */
  readonly online: number;
  /** What they say that they have got and missed. */
  readonly packets: ReceivedPackets;
  close(): Promise<void>;
}

export interface ReceiverHubOptions {
  readonly picture: LivePicture;
  readonly book: ZoneBook;
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

/** A receiver that nobody has told the door about may have been enrolled a moment ago; a silent database does not keep it waiting. */
const FIND_WAIT_MS = 500;
const STORE_WAIT_MS = 1_000;
const CLOSE_WAIT_MS = 2_000;
/** A browser or a receiver of a load test that was not heard of for this long is removed. */
export const FORGET_AFTER_MS = 30 * 24 * 3_600_000;

export function createReceiverHub(namespace: ReceiverNamespace, options: ReceiverHubOptions): ReceiverHub {
  const { picture, book, receivers, log } = options;
  const takeRecords = createRecordIntake(options);
  const sockets = new Map<ReceiverId, ReceiverSocket>();
  let packets = NO_PACKETS;
  const shelf = createReceiverShelf(receivers, (id) => picture.receiverById(id), log);
  const pathOf = (id: ReceiverId) => {
    const view = picture.receiverById(id);
    return view ? picture.tree.pathTo(view.zoneId) : [];
  };
  const reassignments = createReassignments(pathOf, (id) => {
    log.info({ receiverId: id, path: pathOf(id) }, 'receiver reassigned');
    sockets.get(id)?.emit('receiver:reassigned');
  });

  const save = (view: ReceiverView, home?: ReceiverHome) => {
    picture.setReceiver(view);
    shelf.save(view.receiverId, home);
  };
  /** Shows a receiver where its home is now. */
  const place = (view: ReceiverView, home: ReceiverHome) => {
    const zoneId = book.placeOf(home.zoneId);
    if (zoneId !== view.zoneId || !picture.receiverById(view.receiverId)) picture.setReceiver({ ...view, zoneId });
  };
  /** The receiver of this socket is not connected any more, unless another socket has taken its place. */
  const leave = (socket: ReceiverSocket) => {
    const { receiverId } = socket.data;
    if (!receiverId || sockets.get(receiverId) !== socket) return;
    sockets.delete(receiverId);
    reassignments.forget(receiverId);
    const view = picture.receiverById(receiverId);
    if (view) save({ ...view, online: false, report: null, lastSeenAt: Math.floor(options.serverNow()) });
  };
  const enrol = (rows: readonly EnrolledReceiver[]) => {
    for (const { view, home } of rows) {
      shelf.learn(view.receiverId, home);
      place(picture.receiverById(view.receiverId) ?? view, home);
    }
  };
  const viewOf = (id: ReceiverId): ReceiverView => {
    const view = picture.receiverById(id);
    if (!view) throw new ProblemError('not-found', 'receiverId: no such receiver', { field: 'receiverId' });
    return view;
  };

  /** Who changes something is told when it is kept, but does not wait long for it. */
  const untilStored = () => within(shelf.settled(), STORE_WAIT_MS, 'the database').catch(() => null);
  const forget = (id: ReceiverId) => {
    picture.removeReceiver(id);
    shelf.remove(id);
  };

  const findNew = async (id: ReceiverId): Promise<void> => {
    const row = await within(receivers.find(id), FIND_WAIT_MS, 'the database').catch(() => null);
    if (row && !picture.receiverById(id)) enrol([row]);
  };

  const register = async (socket: ReceiverSocket, registration: Registration): Promise<Assignment> => {
    const { receiverId, name, kind, softwareVersion } = registration;
    if (!picture.receiverById(receiverId)) await findNew(receiverId);
    if (!socket.connected) throw new ProblemError('conflict', 'gone before it was registered');
    const serverTimeMs = options.clockAnswer();
    const known = picture.receiverById(receiverId);
    const home = homeFor(registration.zone, shelf.homeOf(receiverId), book);
    const zoneId = book.placeOf(home.zoneId);
    if (!known && picture.receiverCount >= MAX_RECEIVERS)
      throw new ProblemError(
        'too-many-requests',
        `there are ${MAX_RECEIVERS} receivers already; remove some (DELETE /api/v1/receivers/{id})`,
      );
    if (socket.data.receiverId !== receiverId) leave(socket);
    const other = sockets.get(receiverId);
    if (other && other !== socket) {
      // The older connection is usually a dead one of the same device; if it lives, it will say so by coming back.
      log.warn({ receiverId }, 'a second connection with this id; the first one is closed');
      other.disconnect(true);
    }
    sockets.set(receiverId, socket);
    // Who registers again over the same socket, because it was moved, goes on sounding meanwhile.
    const report = socket.data.receiverId === receiverId ? (known?.report ?? null) : null;
    socket.data.receiverId = receiverId;
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
      report,
    };
    save(view, home);
    const path = picture.tree.pathTo(zoneId);
    reassignments.told(receiverId, path);
    return {
      receiverId,
      zoneId,
      path: path.map((id) => ({ zoneId: id, name: picture.tree.zoneById(id)?.name ?? id })),
      whepUrl: `${options.publicUrl()}/whep/receivers/${encodeURIComponent(receiverId)}`,
      playoutDelayMs: options.playoutDelayMs,
      volume: view.volume,
      emergencyVolume: view.emergencyVolume,
      muted: view.muted,
      serverTimeMs,
    };
  };

  const registeredId = (socket: ReceiverSocket): ReceiverId => {
    const { receiverId } = socket.data;
    if (!receiverId) throw new ProblemError('conflict', 'register first');
    return receiverId;
  };

  guardNamespace(namespace, ({ handshake }) => {
    checkHandshake(handshake.auth, options.accessToken, false);
    return {};
  });

  namespace.on('connection', (socket) => {
    const requests = createSocketRequests<ReceiverToDoor>(socket, log);
    requests.on('receiver:register', registrationSchema, (registration) => register(socket, registration));
    requests.on('receiver:report', receiverReportSchema, (report) => {
      const view = viewOf(registeredId(socket));
      packets = addReport(packets, view.report, report);
      picture.setReceiver({ ...view, report, lastSeenAt: Math.floor(options.serverNow()) });
      return null;
    });
    requests.on('clock:probe', clockProbeSchema, ({ clientTimeMs }) => ({
      clientTimeMs,
      serverTimeMs: options.clockAnswer(),
    }));
    requests.on('playout:records', receivedRecordsSchema, async ({ records }) => {
      const receiverId = registeredId(socket);
      if (shelf.isUnsaved(receiverId)) await shelf.settled();
      if (shelf.isUnsaved(receiverId))
        throw new ProblemError('unavailable', 'the database does not answer; send it again');
      return takeRecords(receiverId, records);
    });
    socket.on('disconnect', () => leave(socket));
  });

  return {
    enrol,
    async followRows() {
      const rows = await shelf.readRows();
      if (!rows) return false;
      enrol(rows);
      const enrolled = new Set(rows.map(({ view }) => view.receiverId));
      for (const { receiverId, online } of [...picture.receivers])
        if (!online && !enrolled.has(receiverId) && !shelf.isUnsaved(receiverId)) picture.removeReceiver(receiverId);
      reassignments.review();
      return true;
    },
    followTree() {
      for (const view of [...picture.receivers]) {
        const home = shelf.homeOf(view.receiverId);
        if (home) place(view, home);
      }
      reassignments.review();
    },
    async set({ receiverId, zoneId, ...asked }) {
      const before = viewOf(receiverId);
      if (zoneId !== undefined && !picture.tree.has(zoneId))
        throw new ProblemError('not-found', 'zoneId: no such zone', { field: 'zoneId' });
      const given = Object.entries(asked).filter(([, value]) => value !== undefined);
      const settings = Object.fromEntries(given) as Partial<Pick<ReceiverView, 'volume' | 'emergencyVolume' | 'muted'>>;
      const view: ReceiverView = { ...before, ...settings, ...(zoneId === undefined ? {} : { zoneId }) };
      // What is heard does not wait for a database.
      save(view, zoneId && { zoneId, askedZone: shelf.homeOf(receiverId)?.askedZone ?? null });
      if (given.length > 0) sockets.get(receiverId)?.emit('receiver:settings', settings);
      reassignments.review();
      await untilStored();
      return view;
    },
    tellPathClosed: (id, pathId) => void sockets.get(id)?.emit('receiver:path-closed', { pathId }),
    async remove(id) {
      if (viewOf(id).online) throw new ProblemError('conflict', 'receiverId: it is online; switch it off first');
      forget(id);
      await untilStored();
    },
    forgetGone() {
      const before = options.serverNow() - FORGET_AFTER_MS;
      for (const { receiverId, kind, online, lastSeenAt } of [...picture.receivers])
        if ((kind === 'browser' || kind === 'fleet') && !online && lastSeenAt !== null && lastSeenAt < before)
          forget(receiverId);
    },
    get online() {
      return sockets.size;
    },
    get packets() {
      return packets;
    },
    async close() {
      reassignments.close();
      await shelf.close(CLOSE_WAIT_MS);
    },
  };
}
