import { segmentPositionAt } from '@loa/shared/broadcasts/position';
import type { Logger } from 'pino';
import { LEVEL } from '@loa/shared/broadcasts/rank';
import type { LiveState } from '@loa/shared/broadcasts/state';
import type { BroadcastId, SegmentId, SourceId, ZoneId } from '@loa/shared/ids';
import type { NodeId } from '../../config/node-name.ts';
import type { Answer } from '../../link/messages.ts';
import type { PeerNode } from '../../link/peer-nodes.ts';
import type { BusFrame } from '../buses/bus.ts';
import type { Fence } from '../log/event-log.ts';
import type { RedisAddress } from '../log/redis-address.ts';
import { createRedisConnection } from '../log/redis-connection.ts';
import type { WorkerPool } from '../workers/worker-pool.ts';
import { NO_LEASES } from './lease-book.ts';
import { createLeases } from './leases.ts';
import { openNodeDirectory } from './node-directory.ts';
import { type NodeRecord, toPeerNode } from './node-record.ts';
import type { PortRange } from './trunk.ts';
import type { ToldEmergencies } from './sign.ts';
import { createTrunks } from './trunks.ts';

/** LS21: a programme that is so far on, ms, when this node first hears of it, is being played by whoever began it. */
const PLAYS_ALREADY_MS = 1_000;

const playoutLease = (id: BroadcastId) => `playout:${id}`;
const sourceLease = (id: SourceId) => `source:${id}`;

/** This node among others: which part of the common work is its own, and the sound that goes between them. */
export interface Cluster {
  /** Whether this node is to play a stored programme (LS4). */
  plays(id: BroadcastId): boolean;
  /** LS23: whether another node has played it since this one would. */
  wasElsewhere(id: BroadcastId): boolean;
  /** LS24: this node cannot play it; another may. */
  leave(id: BroadcastId): void;
  /** LS24: nobody has played it for as long as a node needs to take it. */
  isNobodys(id: BroadcastId): boolean;
  /** Under what the log takes what this node says of a stored programme that it plays (EL10). */
  fenceOf(id: BroadcastId): Fence | undefined;
  /** LS3, LS10: whether a source that is not connected here is connected nowhere. */
  isGone(id: SourceId): boolean;
  /** LS11: whether a node that cannot say so itself has this source. */
  speaksFor(id: SourceId): boolean;
  carry(zones: readonly ZoneId[], frame: BusFrame): void;
  /**
   * Takes what this node can do of the present state.
   * @param others What the other nodes go by; another state while this one has decided on its own (LA2).
   * @param present Sources that are connected here and speak.
   */
  follow(state: LiveState, others: LiveState, present: readonly SourceId[]): void;
  /** Emergencies on air here. */
  tellEmergencies(emergencies: ToldEmergencies): void;
  /** LA20: emergencies on air of nodes that have the log. */
  readonly emergencies: ToldEmergencies;
  /** What this node says of itself is something else now: zones that are listened to, its door, whether it takes listeners. */
  tellAbout(): void;
  /** The other nodes, in the order of their names. */
  readonly peers: readonly PeerNode[];
  readonly figures: ClusterFigures;
  close(): Promise<void>;
}

/** What the pump tells of this node among others (`stats`). */
export type ClusterFigures = Pick<Answer<'stats'>, 'leases' | 'peers' | 'linesUp' | 'lines'>;

/** A node that is alone does everything itself. */
export const ALONE: Cluster = Object.freeze({
  plays: () => true,
  wasElsewhere: () => false,
  leave: () => undefined,
  isNobodys: () => true,
  fenceOf: () => undefined,
  isGone: () => true,
  speaksFor: () => false,
  carry: () => undefined,
  follow: () => undefined,
  tellEmergencies: () => undefined,
  emergencies: new Map(),
  tellAbout: () => undefined,
  peers: [],
  figures: { leases: NO_LEASES, peers: 0, linesUp: 0, lines: [] },
  close: () => Promise.resolve(),
});

export interface NodeConfig {
  readonly id: NodeId;
  /** Where the lines of this node end. */
  readonly listenAddress: string;
  readonly announcedAddress: string | undefined;
  /** Of those; null: any free ones. */
  readonly ports: PortRange | null;
  readonly encrypted: boolean;
}

export interface ClusterOptions {
  readonly node: NodeConfig;
  readonly address: RedisAddress;
  readonly run: string;
  /** The run of this node's process before this one, if it is known. */
  readonly predecessor: string | null;
  readonly workers: WorkerPool;
  readonly logger: Logger;
  /** What others are told of this node; `audience`: zones in which somebody listens to it. */
  about(): Pick<NodeRecord, 'audience' | 'emergencyAudience' | 'door' | 'draining' | 'full'>;
  /** Whether this node is being emptied. */
  isDraining(): boolean;
  /** ND13: also an emergency is to go when this node is emptied. */
  isInsistent(): boolean;
  readonly isLogReachable: () => boolean;
  /** Server time in ms. */
  now(): number;
  /** ND60: reads what the log has and this node has not. */
  catchUp(): Promise<void>;
  /** Whether the sound of a segment is on this node's disk. */
  hasSegment(segmentId: SegmentId): boolean;
  /** A frame of a program of another node. */
  onFrame(frame: BusFrame): void;
  /** `plays` may answer otherwise now. */
  onChanged(): void;
  /** `peers` has something else now. */
  onPeers(): void;
  /** `emergencies` may have something else now. */
  onWord(): void;
  /** ND41 */
  onNameTaken(): void;
  /** ND80 */
  onNoPlace(others: number): void;
}

export function joinCluster(options: ClusterOptions): Cluster {
  const { node, address, run, workers, logger, about, isInsistent, hasSegment, onFrame, onChanged, onPeers } = options;
  const { isLogReachable, onWord } = options;
  const connection = createRedisConnection(address, logger);
  const leases = createLeases({
    connection,
    token: run,
    logger,
    now: () => performance.now(),
    catchUp: () => options.catchUp(),
    onChanged,
  });
  const trunks = createTrunks({
    node: node.id,
    workers,
    listenAddress: node.listenAddress,
    announcedAddress: node.announcedAddress,
    ports: node.ports,
    encrypted: node.encrypted,
    logger,
    knowsAudiences: () => directory.isFresh,
    onFrame,
    onWord,
    onChanged: () => directory.tell(),
  });
  const directory = openNodeDirectory({
    address,
    run,
    predecessor: options.predecessor,
    onNameTaken: options.onNameTaken,
    onNoPlace: options.onNoPlace,
    connection,
    logger,
    heardAt: (peer) => trunks.heardAt(peer),
    read: () => ({ v: 1, node: node.id, run, ...about(), trunks: trunks.offers }),
    onChanged() {
      trunks.follow(directory.peers);
      tellPeers();
    },
  });
  const isAway = () => !directory.isFresh || !isLogReachable();
  const peers = (): PeerNode[] => {
    const { words } = trunks;
    // With Redis away for all of them no node is worse than this one.
    const isWorse = (peer: NodeId) => !isAway() && (words.get(peer)?.away ?? false);
    return [...directory.peers.values()]
      .map((record) => toPeerNode(record, isWorse(record.node)))
      .sort((one, other) => (one.node < other.node ? -1 : 1));
  };
  let told = JSON.stringify([]);
  const tellPeers = () => {
    const now = JSON.stringify(peers());
    if (now === told) return;
    told = now;
    onPeers();
  };
  /** LS24 */
  const left = new Set<BroadcastId>();
  let emergencies: ToldEmergencies = new Map();
  let emergenciesText = '[]';
  /** LS10: those that nodes without Redis have. */
  const vouchedFor = () => [...trunks.words.values()].flatMap(({ away, sources }) => (away ? [...sources] : []));

  return {
    plays: (id) => leases.keeps(playoutLease(id)),
    wasElsewhere: (id) => leases.wasElsewhere(playoutLease(id)),
    leave: (id) => void left.add(id),
    isNobodys: (id) => leases.isVacant(playoutLease(id)),
    fenceOf: (id) => ({ lease: playoutLease(id), token: leases.token }),
    isGone: (id) =>
      leases.isVacant(sourceLease(id)) && ![...trunks.words.values()].some(({ sources }) => sources.has(id)),
    speaksFor: (id) => vouchedFor().includes(id),
    carry: (zones, frame) => trunks.carry(zones, frame),
    follow(state, others, present) {
      const here = new Set(present);
      const sources = new Set<SourceId>();
      const vouched = new Set(vouchedFor());
      const wanted = new Set(present.map(sourceLease));
      const watched = new Set<string>();
      const offered = new Set<string>();
      const isLeaving = options.isDraining() && peers().some(({ draining, away }) => !draining && !away);
      const [own, later] = [new Set<string>(), new Set<string>()];
      for (const id of left) if (!state.broadcasts.has(id)) left.delete(id);
      for (const broadcast of state.broadcasts.values()) {
        const { id, phase, spec } = broadcast;
        if (spec.source.kind === 'live') {
          const { sourceId } = spec.source;
          if (here.has(sourceId)) sources.add(sourceId);
          else (vouched.has(sourceId) ? wanted : watched).add(sourceLease(sourceId));
        }
        if (spec.source.kind !== 'segment' || phase !== 'on-air' || !hasSegment(spec.source.segmentId)) continue;
        if (left.has(id)) {
          watched.add(playoutLease(id));
          continue;
        }
        wanted.add(playoutLease(id));
        if (!others.broadcasts.has(id)) own.add(playoutLease(id));
        if ((segmentPositionAt(broadcast, options.now()) ?? 0) > PLAYS_ALREADY_MS) later.add(playoutLease(id));
        if (isLeaving && (spec.level < LEVEL.emergency || isInsistent())) offered.add(playoutLease(id));
      }
      leases.want(wanted, offered, { own, later });
      leases.watch(watched);
      trunks.say({ away: isAway(), sources, emergencies });
      tellPeers();
    },
    tellEmergencies(next) {
      const text = JSON.stringify([...next].map(([csrc, zones]) => [csrc, ...zones]));
      if (text === emergenciesText) return;
      emergenciesText = text;
      emergencies = next;
    },
    get emergencies() {
      const told = new Map<number, ReadonlySet<ZoneId>>();
      for (const { away, emergencies: theirs } of trunks.words.values())
        if (!away) for (const [csrc, zones] of theirs) told.set(csrc, zones);
      return told;
    },
    tellAbout: () => directory.tell(),
    get peers() {
      return peers();
    },
    get figures() {
      return { leases: leases.figures, peers: directory.peers.size, linesUp: trunks.up, lines: [...trunks.figures] };
    },
    async close() {
      await leases.close();
      await directory.close();
      trunks.close();
      connection.close();
    },
  };
}
