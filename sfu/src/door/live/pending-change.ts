import type { BroadcastId, ReceiverId, SegmentId, SourceId } from '@loa/shared/ids';
import type { BroadcastView, Change, SegmentView, SourceView } from '@loa/shared/protocol/live';
import type { ReceiverView } from '@loa/shared/protocol/receivers';

/** How what has changed looks by now; what is gone meanwhile is left out. */
export interface Looks {
  broadcast(id: BroadcastId): BroadcastView | undefined;
  source(id: SourceId): SourceView | undefined;
  receiver(id: ReceiverId): ReceiverView | undefined;
}

/** What pages have not been told yet. Only names are collected, so that a thing that changes often is told once, as it is then. */
export interface PendingChange {
  broadcast(id: BroadcastId): void;
  source(id: SourceId): void;
  removedSource(id: SourceId): void;
  receiver(id: ReceiverId): void;
  removedReceiver(id: ReceiverId): void;
  segment(view: SegmentView): void;
  removedSegment(id: SegmentId): void;
  /** The parts of a change that are not empty; what is taken is pending no more. */
  take(looks: Looks, tallies: NonNullable<Change['tallies']>): Partial<Change>;
}

export function createPendingChange(): PendingChange {
  const broadcasts = new Set<BroadcastId>();
  const sources = new Set<SourceId>();
  const removedSources = new Set<SourceId>();
  const receivers = new Set<ReceiverId>();
  const removedReceivers = new Set<ReceiverId>();
  const segments = new Map<SegmentId, SegmentView>();
  const removedSegments = new Set<SegmentId>();
  const every = [broadcasts, sources, removedSources, receivers, removedReceivers, segments, removedSegments];

  return {
    broadcast: (id) => void broadcasts.add(id),
    source(id) {
      sources.add(id);
      removedSources.delete(id);
    },
    removedSource(id) {
      sources.delete(id);
      removedSources.add(id);
    },
    receiver(id) {
      receivers.add(id);
      removedReceivers.delete(id);
    },
    removedReceiver(id) {
      receivers.delete(id);
      removedReceivers.add(id);
    },
    segment: (view) => void segments.set(view.segmentId, view),
    removedSegment(id) {
      // Its last progress may still wait to be told; it must not come after, or beside, its removal.
      segments.delete(id);
      removedSegments.add(id);
    },
    take(looks, tallies) {
      const parts = {
        broadcasts: present([...broadcasts].map(looks.broadcast)),
        sources: present([...sources].map(looks.source)),
        removedSources: [...removedSources],
        receivers: present([...receivers].map(looks.receiver)),
        removedReceivers: [...removedReceivers],
        tallies,
        segments: [...segments.values()],
        removedSegments: [...removedSegments],
      };
      for (const one of every) one.clear();
      return Object.fromEntries(Object.entries(parts).filter(([, list]) => list.length > 0)) as Partial<Change>;
    },
  };
}

function present<T>(values: ReadonlyArray<T | undefined>): T[] {
  return values.filter((value) => value !== undefined);
}
