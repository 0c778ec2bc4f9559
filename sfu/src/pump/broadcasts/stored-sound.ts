import type { Command } from '@loa/shared/broadcasts/commands';
import type { Playhead } from '@loa/shared/broadcasts/state';
import type { BroadcastId } from '@loa/shared/ids';
import type { Fence } from '../log/event-log.ts';
import type { Cluster } from '../nodes/cluster.ts';
import { createSegmentPlayer, type SegmentPlayer } from '../sources/segment-player.ts';
import type { StampedFrame } from '../sources/whip-source.ts';

/** Clocks of nodes differ: for so long after a hand-over both play, with equal stamps, so that no frame falls between them; ms. */
const HANDOVER_MS = 100;
/** LS23: a stored programme that has been running for this long when this node first has it was begun by another one, or another process; ms. */
const BEGUN_BEFORE_MS = 1_000;
/** LS24: that nobody can play it is said again after this time, ms. */
const SAY_AGAIN_MS = 1_000;

/** LS4: the sound of a stored programme, while this node is the one that plays it. */
export interface StoredSound {
  /** @param isOwn LS22: no other node knows of it yet. */
  follow(playhead: Playhead, isOwn: boolean): void;
  /** ND14: whether sound of it that comes from another node is to be heard: not beside this node's own, but while it changes hands. */
  readonly takesRemote: boolean;
  /** LS23: another node's sound of it has come. */
  noteRemote(): void;
  pump(nowMs: number): void;
  close(): void;
}

export interface StoredSoundOptions {
  readonly id: BroadcastId;
  /** Of the sound on this node's disk. */
  readonly path: string;
  readonly cluster: Pick<Cluster, 'plays' | 'wasElsewhere' | 'fenceOf' | 'leave' | 'isNobodys'>;
  /** LS23: it was heard from here before, under another label. */
  readonly hasSounded: boolean;
  /** Server time in ms. */
  now(): number;
  onFrame(frame: StampedFrame): void;
  submit(command: Command, fence?: Fence): void;
}

export function createStoredSound(options: StoredSoundOptions): StoredSound {
  const { id, path, cluster, now, onFrame, submit } = options;
  let player: SegmentPlayer | null = null;
  /** The player while another node has just taken over, or this one from another; until then the sound of both is taken. */
  let handover: { readonly left: SegmentPlayer | null; readonly untilMs: number } | null = null;
  /** LS23: it has begun, here or elsewhere; null before this node has it. */
  let hasSounded: boolean | null = options.hasSounded || null;
  let isOwn = false;
  /** LS24: why it cannot be played here, and when that is said if nobody else plays it. */
  let failure: { readonly detail: string; sayAtMs: number } | null = null;

  const drop = () => {
    player?.close();
    player = null;
  };
  const play = () =>
    createSegmentPlayer(path, hasSounded === true || cluster.wasElsewhere(id), {
      onFrame(frame) {
        hasSounded = true;
        onFrame(frame);
      },
      onEnded: () => submit({ type: 'segment-ended', broadcastId: id }, cluster.fenceOf(id)),
      onFailed(detail) {
        failure = { detail: detail.slice(0, 300), sayAtMs: Number.NEGATIVE_INFINITY };
        drop();
        cluster.leave(id);
      },
    });
  const endHandover = () => {
    handover?.left?.close();
    handover = null;
  };

  return {
    follow(playhead, isOwnNow) {
      isOwn = isOwnNow;
      hasSounded ??= now() - (playhead.runningSince ?? Number.POSITIVE_INFINITY) > BEGUN_BEFORE_MS;
      const isPlaying = player !== null;
      if ((failure === null && cluster.plays(id)) !== isPlaying) {
        endHandover();
        handover = { left: player, untilMs: now() + HANDOVER_MS };
        player = isPlaying ? null : play();
      }
      player?.follow(playhead, now());
    },
    get takesRemote() {
      return player === null || handover !== null;
    },
    noteRemote: () => void (hasSounded = true),
    pump(nowMs) {
      // ND60: its lease ran out while this process stood still. No hand-over: what it would play on may be another's by now, or over.
      if (player && !cluster.plays(id)) drop();
      if (handover && nowMs >= handover.untilMs) endHandover();
      handover?.left?.pump(nowMs);
      player?.pump(nowMs);
      if (!failure || nowMs < failure.sayAtMs || !(isOwn || cluster.isNobodys(id))) return;
      failure.sayAtMs = nowMs + SAY_AGAIN_MS;
      submit({ type: 'source-failed', broadcastId: id, detail: failure.detail });
    },
    close() {
      drop();
      endHandover();
    },
  };
}
