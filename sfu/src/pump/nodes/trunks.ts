import type { Logger } from 'pino';
import type { ZoneId } from '@loa/shared/ids';
import type { LineCounts } from '@loa/shared/nodes/line-tally';
import { goesOverSecondPaths } from '@loa/shared/protocol/second-path';
import type { NodeId } from '../../config/node-name.ts';
import type { LineFigures } from '../../link/figures.ts';
import type { BusFrame } from '../buses/bus.ts';
import type { WorkerPool } from '../workers/worker-pool.ts';
import { createHeardWord, type HeardWord } from './heard-word.ts';
import type { NodeRecord } from './node-record.ts';
import { type NodeWord, readSign, SIGN_EVERY_MS, SIGNS_OF_CHANGE, SILENT_AFTER_MS, toSigns } from './sign.ts';
import { openTrunkEnd, type PortRange, type TrunkEnd } from './trunk.ts';
import { nextTrunkStep, type TrunkOffer } from './trunk-offer.ts';

/** The lines from this node to all others. */
export interface Trunks {
  /** This node's ends, for its record. */
  readonly offers: Record<NodeId, TrunkOffer>;
  /** Follows who is there and what their ends are. */
  follow(peers: ReadonlyMap<NodeId, NodeRecord>): void;
  /** ND1, ND20, ND32: sends a frame of a program in these zones to every node with listeners there, or of which that is not known. */
  carry(zones: readonly ZoneId[], frame: BusFrame): void;
  /** ND31: what this node says of itself from now on. */
  say(word: NodeWord): void;
  /** ND31: what the nodes say of themselves from which something comes. */
  readonly words: ReadonlyMap<NodeId, NodeWord>;
  /** When something came from this node last (monotonic ms). */
  heardAt(peer: NodeId): number;
  /** Lines that are connected and over which something comes. */
  readonly up: number;
  /** ND61 */
  readonly figures: readonly LineFigures[];
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
  /** ND32: whether the records of the other nodes are of now. */
  knowsAudiences(): boolean;
  /** A frame of another node's program. */
  onFrame(frame: BusFrame): void;
  /** Another node said something of itself. */
  onWord(): void;
  /** The offers changed: the others have to know. */
  onChanged(): void;
}

const OPEN_AGAIN_MS = 500;
/** Of the signs: how often a round trip is asked for. */
const ROUNDS_PER_LOOK = 5;
const NOTHING: LineCounts = { received: 0, lost: 0 };
const sumOf = (one: LineCounts, other: LineCounts): LineCounts => ({
  received: one.received + other.received,
  lost: one.lost + other.lost,
});
const SILENT_WORD: NodeWord = { away: false, sources: new Set(), emergencies: new Map() };

interface Line {
  end: TrunkEnd | null;
  opening: boolean;
  connected: boolean;
  /** Nothing comes over it. */
  silent: boolean;
  audience: ReadonlySet<ZoneId>;
  /** Further zones, to which only emergencies are sent. */
  emergencyAudience: ReadonlySet<ZoneId>;
  /** ND31: by the peer's present end. */
  word: HeardWord;
  /** ND61: over the ends before this one. */
  earlier: LineCounts;
  roundTripMs: number | null;
}

export function createTrunks(options: TrunksOptions): Trunks {
  const { node, workers, listenAddress, announcedAddress, ports, encrypted, logger, onFrame, onChanged } = options;
  const now = () => performance.now();
  const lines = new Map<NodeId, Line>();
  let known: ReadonlyMap<NodeId, NodeRecord> = new Map();
  let word = SILENT_WORD;
  let rounds = 0;
  let closed = false;

  const hear = (line: Line, payload: Buffer) => {
    const sign = readSign(payload);
    if (!sign) return;
    line.word.note(sign, now());
    options.onWord();
  };
  /** Emergencies are told to whom they may be news: a node that cannot read the log (LA20). */
  const wordFor = ({ word: theirs }: Line): NodeWord =>
    theirs.isAway(now()) ? word : { ...word, emergencies: SILENT_WORD.emergencies };
  const sayTo = (lines: Iterable<Line>) => {
    rounds += 1;
    for (const line of lines)
      if (line.end && line.connected) for (const sign of toSigns(wordFor(line), rounds)) line.end.sendSign(sign);
  };

  const countsOf = ({ earlier, end }: Line) => sumOf(earlier, end?.counts ?? NOTHING);
  const lookAt = (line: Line) => {
    const { end } = line;
    end?.roundTripMs().then(
      (ms) => line.end === end && (line.roundTripMs = ms),
      // The end was closed meanwhile.
      () => undefined,
    );
  };
  const drop = (line: Line) => {
    line.earlier = countsOf(line);
    line.roundTripMs = null;
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
          onSign: (payload) => hear(line, payload),
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
    line.word = createHeardWord();
    await end.connect(offer);
    if (line.end !== end) return;
    line.connected = true;
    line.silent = false;
    logger.info({ peer, address: offer.address, port: offer.port }, 'line to another node is up');
    onChanged();
  };

  const failed = (peer: NodeId, line: Line, end: TrunkEnd | null) => (error: unknown) => {
    // What is in its place since then works.
    if (line.end !== end) return;
    logger.error({ err: error, peer }, 'the line to another node failed; it is made anew');
    drop(line);
    // Not at once: what failed may fail again. Nothing else would try it while the nodes have nothing new to tell.
    setTimeout(() => step(peer), OPEN_AGAIN_MS).unref();
  };

  const step = (peer: NodeId) => {
    const line = lines.get(peer);
    if (closed || !line || line.opening) return;
    if (!line.end) return void open(peer, line).catch(failed(peer, line, null));
    const offer = known.get(peer)?.trunks[node];
    if (!offer) return;
    const next = nextTrunkStep(line.end.offer, offer);
    if (next === 'connect') connect(peer, line.end, line, offer).catch(failed(peer, line, line.end));
    if (next === 'replace') {
      drop(line);
      step(peer);
    }
  };

  let looks = 0;
  const timer = setInterval(() => {
    sayTo(lines.values());
    looks += 1;
    for (const [peer, line] of lines) {
      if (!line.end || !line.connected) continue;
      if (looks % ROUNDS_PER_LOOK === 0) lookAt(line);
      const silent = now() - line.end.heardAtMs > SILENT_AFTER_MS;
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
          word: createHeardWord(),
          earlier: NOTHING,
          roundTripMs: null,
        };
        line.audience = new Set(audience);
        line.emergencyAudience = new Set(emergencyAudience);
        lines.set(peer, line);
        step(peer);
      }
    },
    carry(zones, frame) {
      const isEmergency = goesOverSecondPaths(frame);
      const areOfNow = options.knowsAudiences();
      for (const { end, connected, audience, emergencyAudience, word: theirs } of lines.values()) {
        if (!end || !connected) continue;
        const isListenedTo = (zone: ZoneId) => audience.has(zone) || (isEmergency && emergencyAudience.has(zone));
        if (!areOfNow || theirs.isAway(now()) || zones.some(isListenedTo)) end.send(frame);
      }
    },
    say(next) {
      const isNew =
        next.away !== word.away ||
        next.emergencies !== word.emergencies ||
        [...next.sources].join() !== [...word.sources].join();
      word = next;
      if (!isNew) return;
      for (let n = 0; n < SIGNS_OF_CHANGE; n++) sayTo(lines.values());
    },
    get words() {
      const heard = [...lines].map(([peer, line]) => [peer, line.connected ? line.word.at(now()) : null] as const);
      return new Map(heard.flatMap(([peer, said]) => (said ? [[peer, said]] : [])));
    },
    heardAt(peer) {
      const line = lines.get(peer);
      return line?.end && line.connected ? line.end.heardAtMs : Number.NEGATIVE_INFINITY;
    },
    get up() {
      return [...lines.values()].filter(({ connected, silent }) => connected && !silent).length;
    },
    get figures() {
      return [...lines].map(([peer, line]) => ({ peer, ...countsOf(line), roundTripMs: line.roundTripMs }));
    },
    close() {
      closed = true;
      clearInterval(timer);
      for (const line of lines.values()) drop(line);
      lines.clear();
    },
  };
}
