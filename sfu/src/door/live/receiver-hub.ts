import type { Logger } from 'pino';
import type { DefaultEventsMap, Namespace, Socket } from 'socket.io';
import type { z } from 'zod';
import type { ReceiverId } from '@loa/shared/ids';
import type { receiverVolumeRequestSchema } from '@loa/shared/protocol/live';
import type { ZoneDelay } from '@loa/shared/protocol/playout-delay';
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
import type { ReceiverRepository } from '../repositories/receiver-repository.ts';
import { homeFor } from '../zones/receiver-home.ts';
import type { ZoneBook } from '../zones/zone-book.ts';
import type { DelayKeeper } from './delay-keeper.ts';
import { createDepartures } from './departures.ts';
import type { LivePicture } from './live-picture.ts';
import { addReport, NO_PACKETS, type ReceivedPackets } from './packet-tally.ts';
import { createReassignments } from './reassignments.ts';
import type { NodeView } from '../peers/node-view.ts';
import type { PeerNews } from '../peers/peer-news.ts';
import type { Peers } from '../peers/peers.ts';
import { createReceiverRoster, type ReceiverRoster } from './receiver-roster.ts';
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
export interface ReceiverHub extends Pick<
  ReceiverRoster,
  'enrol' | 'rows' | 'followRows' | 'followTree' | 'followPeer' | 'forgetElsewhere' | 'remove' | 'forgetGone'
> {
  /** Volume and the like, and the zone in which it stands, wherever it is connected. */
  set(request: SetRequest): Promise<ReceiverView>;
  /** The same for one that is connected here, or nowhere. */
  setHere(request: SetRequest): Promise<ReceiverView>;
  /** Those that are connected here. */
  readonly here: ReceiverView[];
  /** Tells receivers to which other doors they may go. */
  tellDoors(): void;
  /** ND5: sends those that are connected here to other doors, one after the other. */
  sendAway(): void;
  /** ND6: the same for receivers that hear nothing here any more. */
  rescue(): void;
  /** ND7: those that were told to go and are still here may stay, if this node takes receivers again. */
  callBack(): void;
  /** PO33: tells receivers which playout delay they are to move to, and from which stamp on. */
  tellDelay(order: ZoneDelay): void;
  /** ND15: asks so many of those that sound nothing to go to one of these doors; answers how many were asked. */
  spread(count: number, doors: readonly string[]): number;
  /** Tells a receiver that this media path of it is gone. */
  tellPathClosed(id: ReceiverId, pathId: string): void;
  isHere(id: ReceiverId): boolean;
  /** Receivers that are connected to this door. */
  readonly online: number;
  /** What they say that they have got and missed. */
  readonly packets: ReceivedPackets;
  close(): Promise<void>;
}

type SetRequest = z.output<typeof receiverVolumeRequestSchema>;

export interface ReceiverHubOptions {
  readonly picture: LivePicture;
  readonly peers: Pick<Peers, 'viewOf' | 'set'>;
  readonly news: Pick<PeerNews, 'receiver' | 'receiverLeft' | 'receiverRemoved'>;
  readonly nodes: Pick<NodeView, 'otherDoors' | 'refusal'>;
  readonly book: ZoneBook;
  readonly receivers: ReceiverRepository;
  readonly playouts: PlayoutRepository;
  readonly accessToken: string;
  readonly delays: Pick<DelayKeeper, 'orderFor' | 'concerns'>;
  publicUrl(): string;
  /** `rows` says something else now. */
  onRows(): void;
  serverNow(): number;
  /** The same for those who set their clocks by it; throws while it is not known. */
  clockAnswer(): number;
  readonly log: Logger;
}

/** Between two receivers that are told that they stand elsewhere, in ms. */
const TELL_EVERY_MS = 10;
const CLOSE_WAIT_MS = 2_000;
/** A receiver gives an acknowledgement up after 10 s; it is told before that. */
const ENROL_WAIT_MS = 5_000;

export function createReceiverHub(namespace: ReceiverNamespace, options: ReceiverHubOptions): ReceiverHub {
  const { picture, book, peers, nodes, log } = options;
  const sockets = new Map<ReceiverId, ReceiverSocket>();
  const isHere = (id: ReceiverId) => sockets.has(id);
  const roster = createReceiverRoster({ ...options, isHere });
  const { shelf, viewOf } = roster;
  const takeRecords = createRecordIntake({
    ...options,
    async untilEnrolled(id) {
      if (shelf.isUnsaved(id)) await shelf.settled(ENROL_WAIT_MS);
      return !shelf.isUnsaved(id);
    },
  });
  let packets = NO_PACKETS;
  const pathOf = (id: ReceiverId) => {
    const view = picture.receiverById(id);
    return view ? picture.tree.pathTo(view.zoneId) : [];
  };
  const reassignments = createReassignments(TELL_EVERY_MS, pathOf, (id) => {
    log.info({ receiverId: id, path: pathOf(id) }, 'receiver reassigned');
    sockets.get(id)?.emit('receiver:reassigned');
  });
  const tellDoors = (to: Iterable<ReceiverSocket | undefined>) => {
    const doors = nodes.otherDoors();
    for (const socket of to) socket?.emit('receiver:settings', { doors });
  };
  const departures = createDepartures(nodes, (id, doors) => {
    sockets.get(id)?.emit('receiver:move', { doors });
    // Who may stay knows the others all the same, for when this door dies.
    if (doors.length === 0) tellDoors([sockets.get(id)]);
  });

  /** The receiver of this socket is not connected any more, unless another socket has taken its place. */
  const leave = (socket: ReceiverSocket) => {
    const { receiverId } = socket.data;
    if (!receiverId || sockets.get(receiverId) !== socket) return;
    sockets.delete(receiverId);
    reassignments.forget(receiverId);
    departures.forget(receiverId);
    roster.leave(receiverId);
  };

  const register = async (socket: ReceiverSocket, registration: Registration): Promise<Assignment> => {
    const { receiverId, name, kind, softwareVersion } = registration;
    await roster.find(receiverId);
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
    const refusal = sockets.has(receiverId) ? null : nodes.refusal();
    if (refusal) throw refusal;
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
    roster.save(view, home);
    const path = picture.tree.pathTo(zoneId);
    reassignments.told(receiverId, path);
    return {
      receiverId,
      zoneId,
      path: path.map((id) => ({ zoneId: id, name: picture.tree.zoneById(id)?.name ?? id })),
      whepUrl: `${options.publicUrl()}/whep/receivers/${encodeURIComponent(receiverId)}`,
      ...options.delays.orderFor(zoneId),
      volume: view.volume,
      emergencyVolume: view.emergencyVolume,
      muted: view.muted,
      doors: nodes.otherDoors(),
      serverTimeMs,
    };
  };

  const setHere = async ({ receiverId, zoneId, ...asked }: SetRequest): Promise<ReceiverView> => {
    const before = viewOf(receiverId);
    if (zoneId !== undefined && !picture.tree.has(zoneId))
      throw new ProblemError('not-found', 'zoneId: no such zone', { field: 'zoneId' });
    const given = Object.entries(asked).filter(([, value]) => value !== undefined);
    const settings = Object.fromEntries(given) as Partial<Pick<ReceiverView, 'volume' | 'emergencyVolume' | 'muted'>>;
    const view: ReceiverView = { ...before, ...settings, ...(zoneId === undefined ? {} : { zoneId }) };
    // What is heard does not wait for a database.
    roster.save(view, zoneId && { zoneId, askedZone: shelf.homeOf(receiverId)?.askedZone ?? null });
    if (given.length > 0) sockets.get(receiverId)?.emit('receiver:settings', settings);
    reassignments.review();
    await roster.untilStored();
    return view;
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
      roster.show({ ...view, report, lastSeenAt: Math.floor(options.serverNow()) });
      return null;
    });
    requests.on('clock:probe', clockProbeSchema, ({ clientTimeMs }) => ({
      clientTimeMs,
      serverTimeMs: options.clockAnswer(),
    }));
    requests.on('playout:records', receivedRecordsSchema, ({ records }) => takeRecords(registeredId(socket), records));
    socket.on('disconnect', () => leave(socket));
  });

  return {
    ...roster,
    async followRows() {
      const done = await roster.followRows();
      reassignments.review();
      return done;
    },
    followTree() {
      roster.followTree();
      reassignments.review();
    },
    set: (request) =>
      !sockets.has(request.receiverId) && peers.viewOf(request.receiverId) ? peers.set(request) : setHere(request),
    setHere,
    isHere,
    get here() {
      return [...sockets.keys()].flatMap((id) => picture.receiverById(id) ?? []);
    },
    tellDoors: () => tellDoors(sockets.values()),
    sendAway: () => departures.sendAway(sockets.keys()),
    rescue: () => departures.rescue(sockets.keys()),
    callBack: () => departures.callBack(),
    tellDelay({ zoneId, ...order }) {
      for (const [id, socket] of sockets) {
        const view = picture.receiverById(id);
        if (view && options.delays.concerns(zoneId, view.zoneId)) socket.emit('receiver:settings', order);
      }
    },
    spread(count, doors) {
      const idle = [...sockets.keys()].filter((id) => {
        const report = picture.receiverById(id)?.report;
        return report?.path === 'up' && report.sounding.length === 0 && !departures.isSpreading(id);
      });
      const chosen = idle.slice(0, count);
      departures.spread(chosen, doors);
      return chosen.length;
    },
    tellPathClosed: (id, pathId) => void sockets.get(id)?.emit('receiver:path-closed', { pathId }),
    get online() {
      return sockets.size;
    },
    get packets() {
      return packets;
    },
    async close() {
      reassignments.close();
      departures.close();
      await shelf.close(CLOSE_WAIT_MS);
    },
  };
}
