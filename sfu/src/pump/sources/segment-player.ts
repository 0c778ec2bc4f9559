import type { Playhead } from '@loa/shared/broadcasts/state';
import { FRAME_MS } from '@loa/shared/protocol/limits';
import { openSegment, type SegmentReader } from '../../link/segment-file.ts';
import type { StampedFrame } from './whip-source.ts';

/** A frame that is this late, because it could not be read or this process stood still, is left out. */
const SKIP_AFTER_MS = 200;
/** A playhead that moves less than this is the same place: what is due there is not left out and not said twice. */
const SAME_PLACE_FRAMES = 2;

/** Plays a stored segment at the place where the decision core's playhead stands. */
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
      const due = Math.ceil(nextPlayhead.positionMs / FRAME_MS);
      if (Math.abs(due - next) > SAME_PLACE_FRAMES) next = due;
      void reader?.prepare(next);
    },
    pump(nowMs) {
      if (!reader || !playhead || playhead.runningSince === null || over) return;
      const startMs = playhead.runningSince - playhead.positionMs;
      while (next < reader.frameCount && startMs + next * FRAME_MS <= nowMs) {
        const payload = reader.frame(next);
        const stampMs = startMs + next * FRAME_MS;
        const late = nowMs - stampMs >= SKIP_AFTER_MS;
        if (payload && !late) events.onFrame({ stampMs, payload });
        else if (!late) return;
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
