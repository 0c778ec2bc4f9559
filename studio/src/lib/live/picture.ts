import { whyMuted } from '@loa/shared/broadcasts/audience';
import { LEVEL } from '@loa/shared/broadcasts/rank';
import {
  NO_OTHER_NODE,
  type AuthorityView,
  type BroadcastView,
  type Change,
  type NodeNotice,
  type SegmentView,
  type Snapshot,
  type SourceView,
} from '@loa/shared/protocol/live';
import type { ReceiverView, Tally } from '@loa/shared/protocol/receivers';

/** Everything that is live, keyed by id; a value that changes replace, never mutate. */
export interface LivePicture {
  readonly version: number;
  /** LA7: whether the server reaches the others, and since when it does not. */
  readonly authority: AuthorityView;
  /** ND11: where this page goes when its server is away, and whether it is to go now. */
  readonly node: NodeNotice;
  readonly broadcasts: ReadonlyMap<string, BroadcastView>;
  readonly sources: ReadonlyMap<string, SourceView>;
  /** Sources that the server has said goodbye to since the snapshot; the last `MAX_REMOVED_SOURCES` of them. */
  readonly removedSources: ReadonlySet<string>;
  readonly receivers: ReadonlyMap<string, ReceiverView>;
  readonly tallies: ReadonlyMap<string, Tally>;
  /** Segments whose state changed since the snapshot, and those removed since; the library merges both into its own list. */
  readonly segments: ReadonlyMap<string, SegmentView>;
  readonly removedSegments: ReadonlySet<string>;
}

export const EMPTY_PICTURE: LivePicture = {
  version: -1,
  authority: { kind: 'shared', since: null },
  node: NO_OTHER_NODE,
  broadcasts: new Map(),
  sources: new Map(),
  removedSources: new Set(),
  receivers: new Map(),
  tallies: new Map(),
  segments: new Map(),
  removedSegments: new Set(),
};

/** Ended broadcasts stay visible for their end reason; more than this many of the oldest are dropped. */
const MAX_ENDED = 50;
/** A page asks for its own one, soon after. */
const MAX_REMOVED_SOURCES = 100;

export function fromSnapshot(snapshot: Snapshot): LivePicture {
  return {
    version: snapshot.version,
    authority: snapshot.authority,
    node: snapshot.node,
    broadcasts: byKey(snapshot.broadcasts, (item) => item.broadcastId),
    sources: byKey(snapshot.sources, (item) => item.sourceId),
    removedSources: new Set(),
    receivers: byKey(snapshot.receivers, (item) => item.receiverId),
    tallies: byKey(snapshot.tallies, (item) => item.broadcastId),
    segments: new Map(),
    removedSegments: new Set(),
  };
}

export type Applied =
  { readonly kind: 'applied'; readonly picture: LivePicture } | { readonly kind: 'old' } | { readonly kind: 'gap' };

/** A change with the next version is applied, an older one is dropped, a gap asks for a new snapshot. */
export function applyChange(picture: LivePicture, change: Change): Applied {
  if (change.version <= picture.version) return { kind: 'old' };
  if (change.version !== picture.version + 1) return { kind: 'gap' };
  return {
    kind: 'applied',
    picture: {
      version: change.version,
      authority: change.authority ?? picture.authority,
      node: change.node ?? picture.node,
      broadcasts: dropOldEnded(merged(picture.broadcasts, change.broadcasts, (item) => item.broadcastId)),
      sources: without(
        merged(picture.sources, change.sources, (item) => item.sourceId),
        change.removedSources,
      ),
      removedSources: change.removedSources
        ? new Set([...picture.removedSources, ...change.removedSources].slice(-MAX_REMOVED_SOURCES))
        : picture.removedSources,
      receivers: without(
        merged(picture.receivers, change.receivers, (item) => item.receiverId),
        change.removedReceivers,
      ),
      tallies: merged(picture.tallies, change.tallies, (item) => item.broadcastId),
      segments: without(
        merged(picture.segments, change.segments, (item) => item.segmentId),
        change.removedSegments,
      ),
      removedSegments: change.removedSegments
        ? new Set([...picture.removedSegments, ...change.removedSegments])
        : picture.removedSegments,
    },
  };
}

/** Nothing but receivers' own figures: the lights and counts of broadcasts do not hang on it. */
export function isReportOnly(change: Change): boolean {
  const { authority, node, broadcasts, tallies, sources, segments } = change;
  const removed = change.removedSources ?? change.removedReceivers ?? change.removedSegments;
  return !authority && !node && !broadcasts && !tallies && !sources && !segments && !removed;
}

/** Who would not hear a broadcast now and why, and how many there are: while this text is the same, a preview is true. */
export function audienceKey(receivers: ReadonlyMap<string, ReceiverView>): string {
  const silent = [...receivers.values()].flatMap((receiver) => {
    const why = receiver.online ? whyMuted(receiver, LEVEL.normal) : 'offline';
    return why === null ? [] : `${receiver.receiverId} ${why}`;
  });
  return [receivers.size, ...silent].join();
}

function byKey<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [keyOf(item), item]));
}

function merged<T>(old: ReadonlyMap<string, T>, items: readonly T[] | undefined, keyOf: (item: T) => string) {
  if (items === undefined || items.length === 0) return old;
  const next = new Map(old);
  for (const item of items) next.set(keyOf(item), item);
  return next;
}

function without<T>(old: ReadonlyMap<string, T>, keys: readonly string[] | undefined): ReadonlyMap<string, T> {
  if (keys === undefined || keys.length === 0) return old;
  return new Map([...old].filter(([key]) => !keys.includes(key)));
}

function dropOldEnded(broadcasts: ReadonlyMap<string, BroadcastView>): ReadonlyMap<string, BroadcastView> {
  const ended = [...broadcasts.values()].filter((item) => item.phase === 'ended');
  if (ended.length <= MAX_ENDED) return broadcasts;
  ended.sort((a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0));
  return without(
    broadcasts,
    ended.slice(MAX_ENDED).map((item) => item.broadcastId),
  );
}
