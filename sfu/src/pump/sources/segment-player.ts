import type { Playhead } from '@loa/shared/broadcasts/state';
import { FRAME_MS } from '@loa/shared/protocol/limits';
import { openSegment, type SegmentReader } from '../../link/segment-file.ts';
import type { StampedFrame } from './whip-source.ts';

/** A frame that could not be read in time is left out once it is this late. */
const SKIP_AFTER_MS = 200;

/** Plays a stored segment at the place where the decision core's playhead stands. It keeps no position of its own. */
export interface SegmentPlayer {
  follow(playhead: Playhead): void;
  /** Emits all frames that are due at server time `nowMs`. */
  pump(nowMs: number): void;
  close(): void;
}

export interface SegmentPlayerEvents {
  onFrame(frame: StampedFrame): void;
  /** The last frame has been emitted. */
  onEnded(): void;
  onFailed(detail: string): void;
}

export function createSegmentPlayer(path: string, events: SegmentPlayerEvents): SegmentPlayer {
  let reader: SegmentReader | null = null;
  let playhead: Playhead | null = null;
  let next = 0;
  let over = false;
  let closed = false;

  const fail = (error: unknown) => {
    if (over || closed) return;
    over = true;
    events.onFailed(error instanceof Error ? error.message : String(error));
  };

  openSegment(path, fail).then((opened) => {
    if (closed) return void opened.close();
    reader = opened;
    return void opened.prepare(next);
  }, fail);

  return {
    follow(nextPlayhead) {
      const moved =
        playhead?.runningSince !== nextPlayhead.runningSince || playhead.positionMs !== nextPlayhead.positionMs;
      playhead = nextPlayhead;
      if (!moved) return;
      next = Math.ceil(nextPlayhead.positionMs / FRAME_MS);
      void reader?.prepare(next);
    },
    pump(nowMs) {
      if (!reader || !playhead || playhead.runningSince === null || over) return;
      const startMs = playhead.runningSince - playhead.positionMs;
      while (next < reader.frameCount && startMs + next * FRAME_MS <= nowMs) {
        const payload = reader.frame(next);
        const stampMs = startMs + next * FRAME_MS;
        if (payload) events.onFrame({ stampMs, payload });
        else if (nowMs - stampMs < SKIP_AFTER_MS) return;
        next += 1;
      }
      if (next >= reader.frameCount) {
        over = true;
        events.onEnded();
      }
    },
    close() {
      closed = true;
      reader?.close().catch(() => undefined);
    },
  };
}
