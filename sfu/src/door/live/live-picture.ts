import type { EndReason, LoggedEvent } from '@loa/shared/broadcasts/events';
import { evolve, INITIAL_STATE, onTree } from '@loa/shared/broadcasts/evolve';
import type { LiveState } from '@loa/shared/broadcasts/state';
import type { BroadcastId, ReceiverId, SegmentId, SourceId } from '@loa/shared/ids';
import type {
  AuthorityView,
  BroadcastView,
  Change,
  SegmentView,
  Snapshot,
  SourceView,
} from '@loa/shared/protocol/live';
import type { ReceiverView, Tally } from '@loa/shared/protocol/receivers';
import type { Instant } from '@loa/shared/time';
import type { ZoneTree } from '@loa/shared/zones/zone-tree';
import type { SourceState } from '../../link/messages.ts';
import { toBroadcastView, toEndedView } from './broadcast-view.ts';
import { tallyOf } from './tally.ts';

/** Changes are collected this long, so that a thousand reports make ten messages a second and a red light is still quick. */
const COLLECT_MS = 60;
/** Ended broadcasts that are still shown by their id, and whose tags are still known. */
const REMEMBERED_ENDED = 500;

/** A zone tree and the version by which pages know it. */
export interface ShownTree {
  readonly tree: ZoneTree;
  readonly treeVersion: string;
}

/** When and why a broadcast ended. */
export interface Ending {
  readonly at: Instant;
  readonly reason: EndReason;
}

/** All that the studio sees, folded from the pump's events and the receivers' reports. */
export interface LivePicture {
  readonly state: LiveState;
  readonly tree: ZoneTree;
  snapshot(): Snapshot;
  broadcastById(id: BroadcastId): BroadcastView | undefined;
  broadcastIdOfTag(tag: number): BroadcastId | undefined;
  receiverById(id: ReceiverId): ReceiverView | undefined;
  readonly receivers: Iterable<ReceiverView>;
  readonly receiverCount: number;
  readonly sources: readonly SourceView[];
  /** Begins anew, e.g. after the pump's restart. */
  reset(version: number): void;
  /** Another zone tree: everything is seen over it from now on. */
  setTree(tree: ShownTree): void;
  /** `local`: this node has decided them on its own (LA2). */
  fold(events: readonly LoggedEvent[], local?: boolean): void;
  /** LA3: the log has taken what was local. */
  settleLocal(): void;
  /** LA6: another state in the place of the one so far. Who is not in it has ended: as `endings` say, else overruled. */
  takeOver(next: LiveState, local: ReadonlySet<BroadcastId>, endings: ReadonlyMap<BroadcastId, Ending>): void;
  setAuthority(authority: AuthorityView): void;
  /** `node`: to which of the other nodes it is connected; left out: to this one. */
  setSource(source: SourceState, node?: string): void;
  removeSource(id: SourceId, node?: string): void;
  /** All that there are on one node. */
  replaceSources(sources: readonly SourceState[], node?: string): void;
  /** Those of this node. */
  readonly ownSources: readonly SourceState[];
  setReceiver(view: ReceiverView): void;
  removeReceiver(id: ReceiverId): void;
  showSegment(view: SegmentView): void;
  removeSegment(id: SegmentId): void;
  onChange(listener: (change: Change) => void): void;
  close(): void;
}

export function createLivePicture(first: ShownTree, now: () => number): LivePicture {
  let { tree, treeVersion } = first;
  let shownTree = treeVersion;
  let authority: AuthorityView = { kind: 'shared', since: null };
  let shownAuthority = authority;
  let state: LiveState = INITIAL_STATE;
  let version = 0;
  let timer: NodeJS.Timeout | undefined;
  const ended = new Map<BroadcastId, BroadcastView>();
  const tags = new Map<number, BroadcastId>();
  /** Began by events that are this node's alone. */
  const local = new Set<BroadcastId>();
  /** Each with the node to which it is connected, if that is not this one. */
  const sources = new Map<SourceId, { readonly state: SourceState; readonly node: string | undefined }>();
  const receivers = new Map<ReceiverId, ReceiverView>();
  const tallies = new Map<BroadcastId, string>();
  /** When each live broadcast was first heard. */
  const heardAt = new Map<BroadcastId, number>();
  const listeners: Array<(change: Change) => void> = [];
  const dirty = {
    broadcasts: new Set<BroadcastId>(),
    sources: new Set<SourceId>(),
    removedSources: new Set<SourceId>(),
    receivers: new Set<ReceiverId>(),
    removedReceivers: new Set<ReceiverId>(),
    segments: new Map<SegmentId, SegmentView>(),
    removedSegments: new Set<SegmentId>(),
  };

  const viewOf = (id: BroadcastId): BroadcastView | undefined => {
    const live = state.broadcasts.get(id);
    return live ? toBroadcastView(live, local.has(id)) : ended.get(id);
  };
  const sourceView = ({ state: source }: { readonly state: SourceState }): SourceView => {
    const user = [...state.broadcasts.values()].find(
      ({ spec }) => spec.source.kind === 'live' && spec.source.sourceId === source.sourceId,
    );
    return { ...source, broadcastId: user?.id ?? null };
  };
  const allTallies = (): Tally[] =>
    [...state.broadcasts.values()]
      .filter(({ phase }) => phase === 'on-air')
      .map((broadcast) => {
        const tally = tallyOf(broadcast, tree, receivers.values(), heardAt.get(broadcast.id));
        if (tally.firstSoundAt !== null) heardAt.set(broadcast.id, tally.firstSoundAt);
        return tally;
      });

  const flush = () => {
    timer = undefined;
    const changedTallies = allTallies().filter((tally) => tallies.get(tally.broadcastId) !== JSON.stringify(tally));
    for (const tally of changedTallies) tallies.set(tally.broadcastId, JSON.stringify(tally));
    const present = <T>(values: Array<T | undefined>): T[] => values.filter((value) => value !== undefined);
    const parts = {
      broadcasts: present([...dirty.broadcasts].map(viewOf)),
      sources: present([...dirty.sources].map((id) => sources.get(id))).map(sourceView),
      removedSources: [...dirty.removedSources],
      receivers: present([...dirty.receivers].map((id) => receivers.get(id))),
      removedReceivers: [...dirty.removedReceivers],
      tallies: changedTallies,
      segments: [...dirty.segments.values()],
      removedSegments: [...dirty.removedSegments],
    };
    for (const set of Object.values(dirty)) set.clear();
    const filled = Object.fromEntries(Object.entries(parts).filter(([, list]) => list.length > 0)) as Partial<Change>;
    if (shownTree !== treeVersion) filled.treeVersion = treeVersion;
    shownTree = treeVersion;
    if (shownAuthority !== authority) filled.authority = authority;
    shownAuthority = authority;
    if (Object.keys(filled).length === 0) return;
    version += 1;
    const change: Change = { version, serverTimeMs: now(), ...filled };
    for (const listener of listeners) listener(change);
  };
  const collect = () => (timer ??= setTimeout(flush, COLLECT_MS));

  const rememberEnded = (id: BroadcastId, { at, reason }: Ending) => {
    const live = state.broadcasts.get(id);
    if (!live) return;
    ended.set(id, toEndedView(live, at, reason, local.has(id)));
    tallies.delete(id);
    heardAt.delete(id);
    const oldest = ended.size > REMEMBERED_ENDED ? ended.entries().next().value : undefined;
    if (!oldest) return;
    ended.delete(oldest[0]);
    if (tags.get(oldest[1].tag) === oldest[0]) tags.delete(oldest[1].tag);
  };

  const markChanged = (before: LiveState) => {
    for (const [id, broadcast] of state.broadcasts)
      if (before.broadcasts.get(id) !== broadcast) dirty.broadcasts.add(id);
  };

  const setSource = (source: SourceState, node: string | undefined) => {
    sources.set(source.sourceId, { state: source, node });
    dirty.sources.add(source.sourceId);
    dirty.removedSources.delete(source.sourceId);
  };
  const removeSource = (id: SourceId, node: string | undefined) => {
    // It may be connected to another node by now, which was quicker to say so.
    const known = sources.get(id);
    if (!known || known.node !== node) return;
    sources.delete(id);
    dirty.sources.delete(id);
    dirty.removedSources.add(id);
  };

  return {
    get state() {
      return state;
    },
    get tree() {
      return tree;
    },
    get receivers() {
      return receivers.values();
    },
    get receiverCount() {
      return receivers.size;
    },
    get sources() {
      return [...sources.values()].map(sourceView);
    },
    snapshot: () => ({
      version,
      treeVersion,
      serverTimeMs: now(),
      authority,
      broadcasts: [...state.broadcasts.values()].map((broadcast) =>
        toBroadcastView(broadcast, local.has(broadcast.id)),
      ),
      sources: [...sources.values()].map(sourceView),
      receivers: [...receivers.values()],
      tallies: allTallies(),
    }),
    broadcastById: viewOf,
    broadcastIdOfTag: (tag) => tags.get(tag),
    receiverById: (id) => receivers.get(id),
    reset(atVersion) {
      for (const id of state.broadcasts.keys()) dirty.broadcasts.add(id);
      tags.clear();
      local.clear();
      state = { ...INITIAL_STATE, version: atVersion };
      collect();
    },
    setTree(next) {
      ({ tree, treeVersion } = next);
      const before = state;
      state = onTree(state, tree);
      markChanged(before);
      collect();
    },
    fold(events, isLocal = false) {
      for (const entry of events) {
        if (entry.version <= state.version) continue;
        const { event, at } = entry;
        if (event.type === 'broadcast-ended') rememberEnded(event.broadcastId, { at, reason: event.reason });
        if (event.type === 'broadcast-started') {
          tags.set(event.tag, event.broadcastId);
          if (isLocal) local.add(event.broadcastId);
        }
        const before = state;
        state = evolve(state, tree, entry);
        markChanged(before);
        dirty.broadcasts.add(event.broadcastId);
      }
      for (const id of sources.keys()) dirty.sources.add(id);
      collect();
    },
    settleLocal() {
      for (const id of local) {
        const view = ended.get(id);
        if (view) ended.set(id, { ...view, local: false });
        dirty.broadcasts.add(id);
      }
      local.clear();
      collect();
    },
    takeOver(next, localNow, endings) {
      const before = state;
      local.clear();
      for (const id of before.broadcasts.keys()) {
        if (next.broadcasts.has(id)) continue;
        rememberEnded(id, endings.get(id) ?? { at: Math.floor(now()), reason: 'overruled' });
        dirty.broadcasts.add(id);
      }
      for (const [id, { tag }] of next.broadcasts) {
        ended.delete(id);
        tags.set(tag, id);
      }
      for (const id of localNow) local.add(id);
      state = onTree(next, tree);
      markChanged(before);
      for (const id of sources.keys()) dirty.sources.add(id);
      collect();
    },
    setAuthority(next) {
      if (next.kind === authority.kind && next.since === authority.since) return;
      authority = next;
      collect();
    },
    setSource(source, node) {
      setSource(source, node);
      collect();
    },
    removeSource(id, node) {
      removeSource(id, node);
      collect();
    },
    replaceSources(all, node) {
      const present = new Set(all.map(({ sourceId }) => sourceId));
      for (const id of sources.keys()) if (!present.has(id)) removeSource(id, node);
      for (const source of all) setSource(source, node);
      collect();
    },
    get ownSources() {
      return [...sources.values()].flatMap(({ state: source, node }) => (node === undefined ? source : []));
    },
    setReceiver(view) {
      receivers.set(view.receiverId, view);
      dirty.receivers.add(view.receiverId);
      dirty.removedReceivers.delete(view.receiverId);
      collect();
    },
    removeReceiver(id) {
      if (!receivers.delete(id)) return;
      dirty.receivers.delete(id);
      dirty.removedReceivers.add(id);
      collect();
    },
    showSegment(view) {
      dirty.segments.set(view.segmentId, view);
      collect();
    },
    removeSegment(id) {
      // Its last progress may still wait to be told; it must not come after, or beside, its removal.
      dirty.segments.delete(id);
      dirty.removedSegments.add(id);
      collect();
    },
    onChange: (listener) => listeners.push(listener),
    close: () => clearTimeout(timer),
  };
}
