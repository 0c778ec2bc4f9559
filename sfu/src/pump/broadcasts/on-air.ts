import type { LiveBroadcast, LiveState } from '@loa/shared/broadcasts/state';
import type { Command } from '@loa/shared/broadcasts/commands';
import { onAir, placements } from '@loa/shared/broadcasts/winner';
import type { BroadcastId, SourceId, ZoneId } from '@loa/shared/ids';
import { toCsrc } from '@loa/shared/protocol/csrc';
import { heirsOf, placeIn, type Succession } from '@loa/shared/zones/succession';
import type { ZoneTree } from '@loa/shared/zones/zone-tree';
import { segmentFilePath } from '../../link/segment-file.ts';
import type { BusMap } from '../buses/bus-map.ts';
import type { ZoneOutputs } from '../outputs/zone-outputs.ts';
import { createProgram, type Program } from '../programs/program.ts';
import { createSegmentPlayer, type SegmentPlayer } from '../sources/segment-player.ts';
import type { StampedFrame } from '../sources/whip-source.ts';

interface OnAirEntry {
  readonly program: Program;
  readonly player: SegmentPlayer | null;
  zones: readonly ZoneId[];
}

/** Carries out what the decision core decided: programs, players and their buses follow the state. Applying a state twice changes nothing. */
export interface OnAir {
  apply(state: LiveState, tree: ZoneTree): void;
  /** The tree is about to be another one: the output of a zone that is gone carries what is heard in all its heirs (ZT8). */
  followTree(before: ZoneTree, after: ZoneTree, successions: readonly Succession[]): void;
  /** Gives a frame of a live source to the broadcast that uses it. */
  pushLive(sourceId: SourceId, frame: StampedFrame): void;
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
  submit(command: Command): void;
}

export function createOnAir({ buses, outputs, segmentsDir, now, submit }: OnAirOptions): OnAir {
  const entries = new Map<BroadcastId, OnAirEntry>();
  const bySource = new Map<SourceId, OnAirEntry>();
  const heirsOfGone = new Map<ZoneId, readonly ZoneId[]>();

  const start = (broadcast: LiveBroadcast): OnAirEntry => {
    const { id: broadcastId, spec, rank, tag } = broadcast;
    const csrc = toCsrc({ rank, tag, overlay: spec.mode === 'overlay' && spec.level < 3 });
    const program = createProgram(broadcastId, csrc, buses, now);
    const player =
      spec.source.kind === 'segment'
        ? createSegmentPlayer(segmentFilePath(segmentsDir, spec.source.segmentId), {
            onFrame: (frame) => program.push(frame),
            onEnded: () => submit({ type: 'segment-ended', broadcastId }),
            onFailed: (detail) => submit({ type: 'source-failed', broadcastId, detail: detail.slice(0, 300) }),
          })
        : null;
    return { program, player, zones: [] };
  };

  const stop = (id: BroadcastId, entry: OnAirEntry) => {
    entry.program.end();
    entry.player?.close();
    entries.delete(id);
  };

  return {
    apply(state, tree) {
      const placed = placements(state, tree);
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
      bySource.clear();
      // Who takes a bus comes before who leaves it: the highest rank first, so that no packet of a loser follows the winner's.
      for (const broadcast of [...state.broadcasts.values()].sort((a, b) => b.rank - a.rank)) {
        if (broadcast.phase !== 'on-air') continue;
        const entry = entries.get(broadcast.id) ?? start(broadcast);
        entries.set(broadcast.id, entry);
        const zones = placed.get(broadcast.id) ?? [];
        // Receivers of a zone that is gone hear it on their old bus until they have joined those of their new path.
        const left = zones.length > 0 ? entry.zones.filter((zone) => !tree.has(zone)) : [];
        entry.zones = [...zones, ...left];
        entry.program.place(entry.zones, onOutputs.get(broadcast.id) ?? []);
        if (broadcast.playhead) entry.player?.follow(broadcast.playhead);
        if (broadcast.spec.source.kind === 'live') bySource.set(broadcast.spec.source.sourceId, entry);
      }
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
      bySource.get(sourceId)?.program.push(frame);
    },
    pump(nowMs) {
      for (const { program, player } of entries.values()) {
        player?.pump(nowMs);
        program.watch(nowMs);
      }
    },
    get size() {
      return entries.size;
    },
    close() {
      for (const [id, entry] of entries) stop(id, entry);
    },
  };
}
