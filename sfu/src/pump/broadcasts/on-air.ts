import type { LiveBroadcast, LiveState } from '@loa/shared/broadcasts/state';
import type { Command } from '@loa/shared/broadcasts/commands';
import { onAir, placements } from '@loa/shared/broadcasts/winner';
import type { BroadcastId, SegmentId, SourceId, ZoneId } from '@loa/shared/ids';
import { EMERGENCY_RANK } from '@loa/shared/broadcasts/rank';
import { fromCsrc, toCsrc } from '@loa/shared/protocol/csrc';
import { isStandIn } from '@loa/shared/protocol/stand-in';
import { heirsOf, placeIn, type Succession } from '@loa/shared/zones/succession';
import type { ZoneTree } from '@loa/shared/zones/zone-tree';
import { segmentFilePath } from '../../link/segment-file.ts';
import { toServerTime, toTimestamp } from '@loa/shared/timing/rtp-timeline';
import type { BusFrame } from '../buses/bus.ts';
import type { BusMap } from '../buses/bus-map.ts';
import type { Fence } from '../log/event-log.ts';
import type { Cluster } from '../nodes/cluster.ts';
import { createEarlyFrames } from '../nodes/early-frames.ts';
import type { ToldEmergencies } from '../nodes/sign.ts';
import type { ZoneOutputs } from '../outputs/zone-outputs.ts';
import { createProgram, type Program } from '../programs/program.ts';
import type { StampedFrame } from '../sources/whip-source.ts';
import { createStoredSound, type StoredSound, type StoredSoundOptions } from './stored-sound.ts';
import { createToldPrograms } from './told-emergencies.ts';

interface OnAirEntry {
  readonly program: Program;
  readonly csrc: number;
  /** Of a stored programme. */
  readonly stored: StoredSound | null;
  zones: readonly ZoneId[];
  /** Where it is heard on other nodes. */
  carriedTo: readonly ZoneId[];
}

/** Carries out what the decision core decided: programs, players and their buses follow the state. Applying a state twice changes nothing. */
export interface OnAir {
  /** @param others what the other nodes go by: another state while this one has decided on its own (LA2). */
  apply(state: LiveState, tree: ZoneTree, others: LiveState): void;
  /** The tree is about to be another one: the output of a zone that is gone carries what is heard in all its heirs (ZT8). */
  followTree(before: ZoneTree, after: ZoneTree, successions: readonly Succession[]): void;
  /** Gives a frame of a live source to the broadcast that uses it. */
  pushLive(sourceId: SourceId, frame: StampedFrame): void;
  /** Gives a frame of another node's source to its broadcast. */
  pushRemote(frame: BusFrame): void;
  /** LA20: what nodes that have the log say is on air. `isCutOff`: this node has not. */
  hearOf(told: ToldEmergencies, isCutOff: boolean): void;
  pump(nowMs: number): void;
  readonly size: number;
  close(): void;
}

export interface OnAirOptions {
  readonly buses: BusMap;
  readonly outputs: ZoneOutputs;
  readonly segmentsDir: string;
  /** Server time in ms. */
  now(): number;
  readonly cluster: Pick<Cluster, 'carry' | 'tellEmergencies'> & StoredSoundOptions['cluster'];
  submit(command: Command, fence?: Fence): void;
  /** Packets that are made from now to the end of this turn of the event loop may leave together. */
  gatherWrites(): void;
}

export function createOnAir({ buses, outputs, segmentsDir, cluster, now, submit, gatherWrites }: OnAirOptions): OnAir {
  const entries = new Map<BroadcastId, OnAirEntry>();
  const bySource = new Map<SourceId, OnAirEntry>();
  const heirsOfGone = new Map<ZoneId, readonly ZoneId[]>();

  const early = createEarlyFrames();
  const told = createToldPrograms(buses, now);
  const byLabel = new Map<number, OnAirEntry>();
  /** LA20: of what this node alone has ended and the others go on with. */
  let endedHere: ReadonlySet<number> = new Set();

  /** Sound of a source of this node: to its own listeners and to those of the other nodes. */
  const emit = ({ program, csrc, carriedTo }: OnAirEntry, frame: StampedFrame) => {
    gatherWrites();
    program.push(frame);
    cluster.carry(carriedTo, { csrc, timestamp: toTimestamp(frame.stampMs), marker: false, payload: frame.payload });
  };
  const takeIn = ({ program, stored }: OnAirEntry, { timestamp, payload }: BusFrame) => {
    gatherWrites();
    if (!isStandIn(payload)) stored?.noteRemote();
    program.push({ stampMs: toServerTime(timestamp, now()), payload });
  };

  const labelOf = ({ spec, rank, tag }: LiveBroadcast) =>
    toCsrc({ rank, tag, overlay: spec.mode === 'overlay' && spec.level < 3 });

  /** @param hasSounded Under another label. */
  const start = (broadcast: LiveBroadcast, hasSounded: boolean): OnAirEntry => {
    const { id, spec } = broadcast;
    const csrc = labelOf(broadcast);
    const onFrame = (frame: StampedFrame) => emit(entry, frame);
    const stored = ({ segmentId }: { segmentId: SegmentId }) =>
      createStoredSound({
        id,
        path: segmentFilePath(segmentsDir, segmentId),
        cluster,
        hasSounded,
        now,
        onFrame,
        submit,
      });
    const entry: OnAirEntry = {
      program: createProgram(csrc, buses, now),
      csrc,
      stored: spec.source.kind === 'segment' ? stored(spec.source) : null,
      zones: [],
      carriedTo: [],
    };
    entries.set(id, entry);
    byLabel.set(csrc, entry);
    told.handOver(csrc);
    return entry;
  };

  const end = (entry: OnAirEntry) => {
    const { program, stored, csrc } = entry;
    program.end();
    stored?.close();
    // The label may be another one's by now: a fork gives labels anew.
    if (byLabel.get(csrc) === entry) byLabel.delete(csrc);
  };
  const stop = (id: BroadcastId, entry: OnAirEntry) => {
    end(entry);
    entries.delete(id);
  };

  return {
    apply(state, tree, others) {
      const placed = placements(state, tree);
      const placedElsewhere = others === state ? placed : placements(others, tree);
      const winnerIn = (zoneId: ZoneId) => {
        const heard = onAir(state, tree, zoneId);
        return (heard.overlay ?? heard.main)?.id ?? null;
      };
      const heardIn = (zoneId: ZoneId) => {
        const [first = null, ...others] = new Set((heirsOfGone.get(zoneId) ?? [zoneId]).map(winnerIn));
        return others.length === 0 ? first : null;
      };
      const onOutputs = outputs.assign(heardIn);
      for (const [id, entry] of entries) if (!state.broadcasts.has(id)) stop(id, entry);
      endedHere = new Set([...others.broadcasts.values()].filter(({ id }) => !state.broadcasts.has(id)).map(labelOf));
      bySource.clear();
      const relabelled: OnAirEntry[] = [];
      // Who takes a bus comes before who leaves it: the highest rank first, so that no packet of a loser follows the winner's.
      for (const broadcast of [...state.broadcasts.values()].sort((a, b) => b.rank - a.rank)) {
        if (broadcast.phase !== 'on-air') continue;
        const known = entries.get(broadcast.id);
        // EL7: decided again after a fork it may have another tag; the old label ends when the new one has its place.
        if (known && known.csrc !== labelOf(broadcast)) relabelled.push(known);
        const entry = known && !relabelled.includes(known) ? known : start(broadcast, known !== undefined);
        const zones = placed.get(broadcast.id) ?? [];
        // Receivers of a zone that is gone hear it on their old bus until they have joined those of their new path.
        const left = zones.length > 0 ? entry.zones.filter((zone) => !tree.has(zone)) : [];
        entry.zones = [...zones, ...left];
        // LA2: who is interrupted on this node alone goes on elsewhere.
        entry.carriedTo = [...new Set([...entry.zones, ...(placedElsewhere.get(broadcast.id) ?? [])])];
        entry.program.place(entry.zones, onOutputs.get(broadcast.id) ?? []);
        if (broadcast.playhead)
          entry.stored?.follow(broadcast.playhead, others !== state && !others.broadcasts.has(broadcast.id));
        for (const frame of early.take(entry.csrc)) takeIn(entry, frame);
        if (broadcast.spec.source.kind === 'live') bySource.set(broadcast.spec.source.sourceId, entry);
      }
      for (const entry of relabelled) end(entry);
      const emergencies = [...byLabel].filter(([csrc]) => fromCsrc(csrc).rank >= EMERGENCY_RANK);
      cluster.tellEmergencies(new Map(emergencies.map(([csrc, { zones }]) => [csrc, new Set(zones)])));
    },
    followTree(before, after, successions) {
      const parents = new Map(before.zones.map(({ id, parentId }) => [id, parentId]));
      for (const zone of outputs.zones) {
        const heirs = (heirsOfGone.get(zone) ?? [zone]).flatMap((id) => heirsOf(id, before, after, successions));
        if (after.has(zone)) heirsOfGone.delete(zone);
        else heirsOfGone.set(zone, heirs.length > 0 ? heirs : [placeIn(after, zone, parents, successions)]);
      }
    },
    pushLive(sourceId, frame) {
      const entry = bySource.get(sourceId);
      if (entry) emit(entry, frame);
    },
    pushRemote(frame) {
      const entry = byLabel.get(frame.csrc);
      if (entry) {
        if (entry.stored?.takesRemote ?? true) takeIn(entry, frame);
        return;
      }
      gatherWrites();
      if (!told.push(frame)) early.keep(frame);
    },
    hearOf(emergencies, isCutOff) {
      const news = [...emergencies].filter(([csrc]) => !byLabel.has(csrc) && !endedHere.has(csrc));
      for (const csrc of told.follow(new Map(news), isCutOff)) for (const frame of early.take(csrc)) told.push(frame);
    },
    pump(nowMs) {
      gatherWrites();
      for (const entry of entries.values()) {
        entry.stored?.pump(nowMs);
        entry.program.watch(nowMs);
      }
      told.watch(nowMs);
    },
    get size() {
      return entries.size + told.size;
    },
    close() {
      for (const [id, entry] of entries) stop(id, entry);
      told.close();
    },
  };
}
