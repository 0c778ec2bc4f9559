import type { Logger } from 'pino';
import type { DefaultEventsMap, Namespace } from 'socket.io';
import type { ReceiverId, SegmentId, SourceId, ZoneId } from '@loa/shared/ids';
import type { DoorChange, DoorPicture, PeerSource } from '@loa/shared/protocol/doors';
import { receiverVolumeRequestSchema, type SegmentView } from '@loa/shared/protocol/live';
import type { ZoneDelay } from '@loa/shared/protocol/playout-delay';
import { clockProbeSchema, type ReceiverView } from '@loa/shared/protocol/receivers';
import type { DoorNotices, DoorToDoor } from '@loa/shared/protocol/sockets';
import type { ReceiverHub } from '../live/receiver-hub.ts';
import { checkHandshake, createSocketRequests, guardNamespace } from '../live/socket-request.ts';

export type DoorNamespace = Namespace<DoorToDoor, DoorNotices, DefaultEventsMap, unknown>;

/** As for pages: a thousand reports make a few messages a second. */
const COLLECT_MS = 60;

/** A door asks for all of its pages and machines: as much as they may, together. */
const MAX_REQUESTS_PER_10_S = 20_000;

/** Tells the doors of other nodes what is connected to this one. */
export interface PeerNews {
  receiver(view: ReceiverView): void;
  /** It is connected to another node now. */
  receiverLeft(id: ReceiverId): void;
  receiverRemoved(id: ReceiverId): void;
  source(source: PeerSource): void;
  sourceRemoved(id: SourceId): void;
  segment(view: SegmentView): void;
  delay(order: ZoneDelay): void;
  segmentRemoved(id: SegmentId): void;
  /** Answers doors that connect. */
  serve(options: PeerServiceOptions): void;
  close(): void;
}

export interface PeerServiceOptions {
  readonly accessToken: string;
  readonly log: Logger;
  readonly hub: Pick<ReceiverHub, 'setHere'>;
  /** All that is connected here at this moment. */
  whole(): DoorPicture;
  clockAnswer(): number;
}

export function createPeerNews(namespace: DoorNamespace): PeerNews {
  const dirty = {
    receivers: new Map<ReceiverId, ReceiverView>(),
    leftReceivers: new Map<ReceiverId, ReceiverId>(),
    removedReceivers: new Map<ReceiverId, ReceiverId>(),
    sources: new Map<SourceId, PeerSource>(),
    removedSources: new Map<SourceId, SourceId>(),
    segments: new Map<SegmentId, SegmentView>(),
    removedSegments: new Map<SegmentId, SegmentId>(),
    delays: new Map<ZoneId, ZoneDelay>(),
  };
  let timer: NodeJS.Timeout | undefined;

  const flush = () => {
    timer = undefined;
    const filled = Object.entries(dirty).filter(([, map]) => map.size > 0);
    const change = Object.fromEntries(filled.map(([name, map]) => [name, [...map.values()]])) as DoorChange;
    for (const map of Object.values(dirty)) map.clear();
    if (filled.length > 0) namespace.emit('door:changed', change);
  };
  /** The last word on one thing counts. */
  const note = <Id, T>(said: Map<Id, T>, others: ReadonlyArray<Map<Id, unknown>>, id: Id, value: T) => {
    for (const other of others) other.delete(id);
    said.set(id, value);
    timer ??= setTimeout(flush, COLLECT_MS);
  };
  const { receivers, leftReceivers, removedReceivers, sources, removedSources, segments, removedSegments } = dirty;
  const { delays } = dirty;

  return {
    receiver: (view) => note(receivers, [leftReceivers, removedReceivers], view.receiverId, view),
    receiverLeft: (id) => note(leftReceivers, [receivers, removedReceivers], id, id),
    receiverRemoved: (id) => note(removedReceivers, [receivers, leftReceivers], id, id),
    source: (source) => note(sources, [removedSources], source.sourceId, source),
    sourceRemoved: (id) => note(removedSources, [sources], id, id),
    segment: (view) => note(segments, [removedSegments], view.segmentId, view),
    delay: (order) => note(delays, [], order.zoneId, order),
    segmentRemoved: (id) => note(removedSegments, [segments], id, id),
    serve({ accessToken, log, hub, whole, clockAnswer }) {
      guardNamespace(namespace, ({ handshake }) => checkHandshake(handshake.auth, accessToken, false));
      namespace.on('connection', (socket) => {
        const requests = createSocketRequests<DoorToDoor>(socket, log, MAX_REQUESTS_PER_10_S);
        requests.on('receiver:set', receiverVolumeRequestSchema, (request) => hub.setHere(request));
        requests.on('clock:probe', clockProbeSchema, ({ clientTimeMs }) => ({
          clientTimeMs,
          serverTimeMs: clockAnswer(),
        }));
        socket.emit('door:picture', whole());
      });
    },
    close: () => clearTimeout(timer),
  };
}
