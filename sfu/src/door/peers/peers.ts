import type { Logger } from 'pino';
import type { z } from 'zod';
import type { ReceiverId } from '@loa/shared/ids';
import type { DoorChange } from '@loa/shared/protocol/doors';
import type { receiverVolumeRequestSchema } from '@loa/shared/protocol/live';
import type { ReceiverView } from '@loa/shared/protocol/receivers';
import type { ClockDistance } from '@loa/shared/timing/clock-distance';
import type { PeerNode } from '../../link/peer-nodes.ts';
import type { DelayKeeper } from '../live/delay-keeper.ts';
import type { LivePicture } from '../live/live-picture.ts';
import type { ReceiverHub } from '../live/receiver-hub.ts';
import type { SegmentMirror } from '../uploads/segment-mirror.ts';
import { ProblemError } from '../problem-error.ts';
import { createClaimBook } from './claim-book.ts';
import { openPeerLink, type PeerLink } from './peer-link.ts';

/** What the doors of the other nodes say: with it this door shows the whole network. */
export interface Peers {
  /** The receiver as another door has it; undefined when none says that it is connected there. */
  viewOf(id: ReceiverId): ReceiverView | undefined;
  /** Has a receiver set by the door that it is connected to. */
  set(request: z.output<typeof receiverVolumeRequestSchema>): Promise<ReceiverView>;
  /**
   * The nodes that there are now. One that has no door is left out; a door that is not answering stays until its node is gone, and
   * one that answers until it does not (ND30): a node may be out of Redis's sight and yet be there.
   */
  follow(nodes: readonly PeerNode[]): void;
  /** Receivers that are connected to a node; null while its door is not heard. */
  receiversAt(node: string): number | null;
  /** Doors of other nodes to which this one is connected. */
  readonly connected: number;
  /** ND40: of the nodes whose clocks are known, in the order of their names. */
  readonly clocks: readonly PeerClockDistance[];
  close(): void;
}

export interface PeerClockDistance extends ClockDistance {
  readonly node: string;
}

export interface PeersOptions {
  readonly accessToken: string;
  readonly log: Logger;
  /** The time of this node, ms. */
  serverNow(): number;
  readonly picture: Pick<LivePicture, 'setSource' | 'removeSource' | 'replaceSources'>;
  readonly mirror: SegmentMirror;
  readonly delays: () => Pick<DelayKeeper, 'merge'>;
  readonly hub: () => Pick<ReceiverHub, 'followPeer' | 'forgetElsewhere'>;
}

export function createPeers(options: PeersOptions): Peers {
  const { accessToken, log, serverNow, picture, mirror, delays, hub } = options;
  const claims = createClaimBook();
  let wanted: ReadonlyMap<string, string> = new Map();
  const links = new Map<string, PeerLink>();

  const takeReceivers = (node: string, { receivers = [], leftReceivers = [], removedReceivers = [] }: DoorChange) => {
    for (const view of receivers) {
      claims.note(node, view);
      hub().followPeer(view.receiverId, view);
    }
    for (const id of leftReceivers) {
      claims.drop(node, id);
      hub().followPeer(id);
    }
    for (const id of removedReceivers) {
      claims.drop(node, id);
      hub().forgetElsewhere(id);
    }
  };
  const lose = (node: string) => {
    for (const id of claims.dropAll(node)) hub().followPeer(id);
    picture.replaceSources([], node);
  };

  const open = (node: string, url: string): PeerLink =>
    openPeerLink({
      url,
      accessToken,
      log: log.child({ peer: node }),
      serverNow,
      onPicture(whole) {
        const gone = new Set(claims.dropAll(node));
        for (const { receiverId } of whole.receivers) gone.delete(receiverId);
        takeReceivers(node, { receivers: whole.receivers, leftReceivers: [...gone] });
        picture.replaceSources(whole.sources, node);
        mirror.reconcile();
        mirror.learn(url, whole.segments);
        delays().merge(whole.delays);
      },
      onChange(change) {
        takeReceivers(node, change);
        for (const source of change.sources ?? []) picture.setSource(source, node);
        for (const id of change.removedSources ?? []) picture.removeSource(id, node);
        mirror.learn(url, change.segments ?? []);
        for (const id of change.removedSegments ?? []) mirror.forget(id);
        delays().merge(change.delays ?? []);
      },
      onLost() {
        lose(node);
        if (wanted.get(node) !== url) forget(node, url);
      },
    });
  const forget = (node: string, url: string) => {
    const link = links.get(node);
    if (link?.url !== url) return;
    links.delete(node);
    link.close();
  };

  return {
    viewOf: claims.viewOf,
    async set(request) {
      const node = claims.nodeOf(request.receiverId);
      const link = node === undefined ? undefined : links.get(node);
      if (!link)
        throw new ProblemError('unavailable', 'the node that this receiver is connected to is away; try again');
      return link.set(request);
    },
    follow(nodes) {
      wanted = new Map(nodes.flatMap(({ node, door }) => (door ? [[node, door.nodeUrl] as const] : [])));
      for (const [node, { url, connected }] of links) {
        const next = wanted.get(node);
        if (next !== url && !(next === undefined && connected)) forget(node, url);
      }
      for (const [node, url] of wanted) if (!links.has(node)) links.set(node, open(node, url));
    },
    receiversAt: (node) => (links.get(node)?.connected ? claims.countOf(node) : null),
    get connected() {
      return [...links.values()].filter((link) => link.connected).length;
    },
    get clocks() {
      return [...links]
        .flatMap(([node, link]) => {
          const distance = link.clockDistance();
          return distance ? [{ node, ...distance }] : [];
        })
        .sort((one, other) => (one.node < other.node ? -1 : 1));
    },
    close() {
      for (const link of links.values()) link.close();
      links.clear();
    },
  };
}
