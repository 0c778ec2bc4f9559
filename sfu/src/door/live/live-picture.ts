import type { LoggedEvent } from '@loa/shared/broadcasts/events';
import type { LiveState } from '@loa/shared/broadcasts/state';
import type { BroadcastId, ReceiverId, SegmentId, SourceId } from '@loa/shared/ids';
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
import type { ReceiverView } from '@loa/shared/protocol/receivers';
import type { ZoneTree } from '@loa/shared/zones/zone-tree';
import type { SourceState } from '../../link/messages.ts';
import { createPendingChange } from './pending-change.ts';
import { createShownBroadcasts, type Ending } from './shown-broadcasts.ts';
import { createSourceBook } from './source-book.ts';
import { createTallyBook } from './tally-book.ts';

/** Changes are collected this long, so that a thousand reports make ten messages a second and a red light is still quick. */
const COLLECT_MS = 60;

/** A zone tree and the version by which pages know it. */
export interface ShownTree {
  readonly tree: ZoneTree;
  readonly treeVersion: string;
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
  /** ND11: what pages are told of this node. */
  setNode(notice: NodeNotice): void;
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
  let { treeVersion } = first;
  let shownTree = treeVersion;
  let authority: AuthorityView = { kind: 'shared', since: null };
  let shownAuthority = authority;
  let notice: NodeNotice = NO_OTHER_NODE;
  let shownNotice = notice;
  let version = 0;
  let timer: NodeJS.Timeout | undefined;
  const pending = createPendingChange();
  const tallies = createTallyBook(now);
  const events = { onChanged: pending.broadcast, onEnded: tallies.forget };
  const broadcasts = createShownBroadcasts(first.tree, events, now);
  const sources = createSourceBook();
  const receivers = new Map<ReceiverId, ReceiverView>();
  const listeners: Array<(change: Change) => void> = [];

  const flush = () => {
    timer = undefined;
    const { state, tree } = broadcasts;
    const looks = {
      broadcast: broadcasts.viewOf,
      source: (id: SourceId) => sources.viewOf(id, state),
      receiver: (id: ReceiverId) => receivers.get(id),
    };
    const filled = pending.take(looks, tallies.changed(state, tree, receivers));
    if (shownTree !== treeVersion) filled.treeVersion = treeVersion;
    shownTree = treeVersion;
    if (shownAuthority !== authority) filled.authority = authority;
    shownAuthority = authority;
    if (shownNotice !== notice) filled.node = notice;
    shownNotice = notice;
    if (Object.keys(filled).length === 0) return;
    version += 1;
    const change: Change = { version, serverTimeMs: now(), ...filled };
    for (const listener of listeners) listener(change);
  };
  const collect = () => (timer ??= setTimeout(flush, COLLECT_MS));

  /** Which broadcast uses a source is told with the source. */
  const markSources = () => {
    for (const id of sources.ids) pending.source(id);
  };
  const setSource = (source: SourceState, node: string | undefined) => {
    sources.set(source, node);
    pending.source(source.sourceId);
  };
  const removeSource = (id: SourceId, node: string | undefined) => {
    if (sources.remove(id, node)) pending.removedSource(id);
  };

  return {
    get state() {
      return broadcasts.state;
    },
    get tree() {
      return broadcasts.tree;
    },
    get receivers() {
      return receivers.values();
    },
    get receiverCount() {
      return receivers.size;
    },
    get sources() {
      return sources.views(broadcasts.state);
    },
    snapshot: () => ({
      version,
      treeVersion,
      serverTimeMs: now(),
      authority,
      node: notice,
      broadcasts: broadcasts.views,
      sources: sources.views(broadcasts.state),
      receivers: [...receivers.values()],
      tallies: tallies.all(broadcasts.state, broadcasts.tree, receivers),
    }),
    broadcastById: broadcasts.viewOf,
    broadcastIdOfTag: broadcasts.idOfTag,
    receiverById: (id) => receivers.get(id),
    reset(atVersion) {
      broadcasts.reset(atVersion);
      collect();
    },
    setTree(next) {
      treeVersion = next.treeVersion;
      broadcasts.setTree(next.tree);
      collect();
    },
    fold(logged, isLocal = false) {
      broadcasts.fold(logged, isLocal);
      markSources();
      collect();
    },
    settleLocal() {
      broadcasts.settleLocal();
      collect();
    },
    takeOver(next, localNow, endings) {
      broadcasts.takeOver(next, localNow, endings);
      markSources();
      collect();
    },
    setAuthority(next) {
      if (next.kind === authority.kind && next.since === authority.since) return;
      authority = next;
      collect();
    },
    setNode(next) {
      if (next.leave === notice.leave && next.doors.join() === notice.doors.join()) return;
      notice = next;
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
      for (const id of sources.ids) if (!present.has(id)) removeSource(id, node);
      for (const source of all) setSource(source, node);
      collect();
    },
    get ownSources() {
      return sources.own;
    },
    setReceiver(view) {
      receivers.set(view.receiverId, view);
      pending.receiver(view.receiverId);
      collect();
    },
    removeReceiver(id) {
      if (!receivers.delete(id)) return;
      pending.removedReceiver(id);
      collect();
    },
    showSegment(view) {
      pending.segment(view);
      collect();
    },
    removeSegment(id) {
      pending.removedSegment(id);
      collect();
    },
    onChange: (listener) => listeners.push(listener),
    close: () => clearTimeout(timer),
  };
}
