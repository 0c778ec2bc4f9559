import type { Logger } from 'pino';
import type { ZoneId } from '@loa/shared/ids';
import { goesOverSecondPaths } from '@loa/shared/protocol/second-path';
import type { NodeId } from '../../config/node-name.ts';
import type { BusFrame } from '../buses/bus.ts';
import type { WorkerPool } from '../workers/worker-pool.ts';
import type { NodeRecord } from './node-record.ts';
import { openTrunkEnd, type PortRange, type TrunkEnd } from './trunk.ts';
import { nextTrunkStep, type TrunkOffer } from './trunk-offer.ts';

/** The lines from this node to all others. */
export interface Trunks {
  /** This node's ends, for its record. */
  readonly offers: Record<NodeId, TrunkOffer>;
  /** Follows who is there and what their ends are. */
  follow(peers: ReadonlyMap<NodeId, NodeRecord>): void;
  /** ND1, ND20: sends a frame of a program in these zones to every node with listeners there. */
  carry(zones: readonly ZoneId[], frame: BusFrame): void;
  /** Lines that are connected and over which something comes. */
  readonly up: number;
  close(): void;
}

export interface TrunksOptions {
  readonly node: NodeId;
  readonly workers: WorkerPool;
  readonly listenAddress: string;
  readonly announcedAddress: string | undefined;
  readonly ports: PortRange | null;
  readonly encrypted: boolean;
  readonly logger: Logger;
  /** A frame of another node's program. */
  onFrame(frame: BusFrame): void;
  /** The offers changed: the others have to know. */
  onChanged(): void;
}

const OPEN_AGAIN_MS = 500;
/** ND8 */
const SIGN_EVERY_MS = 1_000;
/** Three signs that did not come, and the time that one may take. */
const SILENT_AFTER_MS = 3.5 * SIGN_EVERY_MS;

interface Line {
  end: TrunkEnd | null;
  opening: boolean;
  connected: boolean;
  /** Nothing comes over it. */
  silent: boolean;
  audience: ReadonlySet<ZoneId>;
  /** Further zones, to which only emergencies are sent. */
  emergencyAudience: ReadonlySet<ZoneId>;
}

export function createTrunks(options: TrunksOptions): Trunks {
  const { node, workers, listenAddress, announcedAddress, ports, encrypted, logger, onFrame, onChanged } = options;
  const lines = new Map<NodeId, Line>();
  let known: ReadonlyMap<NodeId, NodeRecord> = new Map();
  let closed = false;

  const drop = (line: Line) => {
    line.end?.close();
    line.end = null;
    line.connected = false;
  };

  const open = async (peer: NodeId, line: Line): Promise<void> => {
    line.opening = true;
    try {
      const end: TrunkEnd = await workers.use((worker) =>
        openTrunkEnd({
          worker,
          listenAddress,
          announcedAddress,
          ports,
          encrypted,
          onFrame,
          onClosed: () => {
            if (line.end !== end) return;
            drop(line);
            step(peer);
          },
        }),
      );
      if (closed || lines.get(peer) !== line) return end.close();
      line.end = end;
    } finally {
      line.opening = false;
    }
    onChanged();
    step(peer);
  };

  const connect = async (peer: NodeId, end: TrunkEnd, line: Line, offer: TrunkOffer): Promise<void> => {
    await end.connect(offer);
    line.connected = true;
    line.silent = false;
    logger.info({ peer, address: offer.address, port: offer.port }, 'line to another node is up');
    onChanged();
  };

  const failed = (peer: NodeId, line: Line) => (error: unknown) => {
    logger.error({ err: error, peer }, 'the line to another node failed; it is made anew');
    drop(line);
    // Not at once: what failed may fail again. Nothing else would try it while the nodes have nothing new to tell.
    setTimeout(() => step(peer), OPEN_AGAIN_MS).unref();
  };

  const step = (peer: NodeId) => {
    const line = lines.get(peer);
    if (closed || !line || line.opening) return;
    if (!line.end) return void open(peer, line).catch(failed(peer, line));
    const offer = known.get(peer)?.trunks[node];
    if (!offer) return;
    const next = nextTrunkStep(line.end.offer, offer);
    if (next === 'connect') connect(peer, line.end, line, offer).catch(failed(peer, line));
    if (next === 'replace') {
      drop(line);
      step(peer);
    }
  };

  const timer = setInterval(() => {
    for (const [peer, line] of lines) {
      if (!line.end || !line.connected) continue;
      line.end.sendSign();
      const silent = performance.now() - line.end.heardAtMs > SILENT_AFTER_MS;
      if (silent === line.silent) continue;
      line.silent = silent;
      if (silent)
        logger.error({ peer }, 'nothing comes over the line from another node: its programs are not heard here');
      else logger.info({ peer }, 'something comes over the line from another node again');
    }
  }, SIGN_EVERY_MS);

  return {
    get offers() {
      return Object.fromEntries([...lines].flatMap(([peer, { end }]) => (end ? [[peer, end.offer]] : [])));
    },
    follow(peers) {
      known = peers;
      for (const [peer, line] of lines) {
        if (peers.has(peer)) continue;
        drop(line);
        lines.delete(peer);
        logger.warn({ peer }, 'a node is gone');
      }
      for (const [peer, { audience, emergencyAudience }] of peers) {
        const line = lines.get(peer) ?? {
          end: null,
          opening: false,
          connected: false,
          silent: false,
          audience: new Set(),
          emergencyAudience: new Set(),
        };
        line.audience = new Set(audience);
        line.emergencyAudience = new Set(emergencyAudience);
        lines.set(peer, line);
        step(peer);
      }
    },
    carry(zones, frame) {
      const isEmergency = goesOverSecondPaths(frame);
      for (const { end, connected, audience, emergencyAudience } of lines.values()) {
        const isListenedTo = (zone: ZoneId) => audience.has(zone) || (isEmergency && emergencyAudience.has(zone));
        if (end && connected && zones.some(isListenedTo)) end.send(frame);
      }
    },
    get up() {
      return [...lines.values()].filter(({ connected, silent }) => connected && !silent).length;
    },
    close() {
      closed = true;
      clearInterval(timer);
      for (const line of lines.values()) drop(line);
      lines.clear();
    },
  };
}
