import type { Playhead } from '@loa/shared/broadcasts/state';
import { FRAME_MS } from '@loa/shared/protocol/limits';
import { openSegment, type SegmentReader } from '../../link/segment-file.ts';
import type { StampedFrame } from './whip-source.ts';

/** A frame that is this late, because it could not be read or this process stood still, is left out. */
const SKIP_AFTER_MS = 200;
/** A playhead that moves less than this is the same place: what is due there is not left out and not said twice. */
const SAME_PLACE_FRAMES = 2;

/** An end that was not decided, because another node held the lease or too much waited, is said again after this time, in ms. */
const SAY_AGAIN_MS = 1_000;

/** Who learns this late of a playhead that has moved goes on where it is now, not where it was: others have played it meanwhile. */
const KNOWN_LATE_MS = 1_000;
/** A beginning that is later than this would not be heard everywhere. */
const LATE_BEGINNING_MS = 2 * FRAME_MS;

/** Plays a stored segment at the place where the decision core's playhead stands. */
export interface SegmentPlayer {
  follow(playhead: Playhead, nowMs: number): void;
  /** Emits all frames that are due at server time `nowMs`. */
  pump(nowMs: number): void;
  close(): void;
}

export interface SegmentPlayerEvents {
  onFrame(frame: StampedFrame): void;
  /** The last frame has been emitted; said again as long as this goes on. */
  onEnded(): void;
  onFailed(detail: string): void;
}

/**
 * @param takesOver LS23: another player has played it until now: it goes on where the playhead is by then, at the stamps of the plan. Else
 * nobody has heard it yet, and all of it sounds, however late it begins.
 */
export function createSegmentPlayer(path: string, takesOver: boolean, events: SegmentPlayerEvents): SegmentPlayer {
  let reader: SegmentReader | null = null;
  let playhead: Playhead | null = null;
  let next = 0;
  /** How much later than the playhead says the sound began, because it first had to be read; null before it began. */
  let lagMs: number | null = null;
  /** The same, from before the pause that is under way or was the last: what was not yet said comes after it. */
  let carriedMs = 0;
  /** Whether its sound has begun here. */
  let begun = false;
  let waiting = false;
  let over = false;
  /** When its end was said last. */
  let endSaidAt: number | null = null;
  let closed = false;

  const fail = (error: unknown) => {
    if (over || closed) return;
    over = true;
    events.onFailed(error instanceof Error ? error.message : String(error));
  };

  const sayEnd = (nowMs: number) => {
    endSaidAt = nowMs;
    events.onEnded();
  };

  openSegment(path, fail).then((opened) => {
    if (closed) return void opened.close();
    reader = opened;
    return void opened.prepare(next);
  }, fail);

  return {
    follow(nextPlayhead, nowMs) {
      const moved =
        playhead?.runningSince !== nextPlayhead.runningSince || playhead.positionMs !== nextPlayhead.positionMs;
      const first = playhead === null;
      playhead = nextPlayhead;
      if (!moved) return;
      const playedMs = nextPlayhead.runningSince === null ? 0 : nowMs - nextPlayhead.runningSince;
      const isElsewhere = first ? takesOver : playedMs > KNOWN_LATE_MS;
      const placeMs = nextPlayhead.positionMs + (isElsewhere ? playedMs : 0);
      carriedMs = lagMs ?? carriedMs;
      lagMs = null;
      if (!begun && !first && !takesOver && !isElsewhere && placeMs >= next * FRAME_MS) {
        // Paused while it was still being opened: all of it comes after the pause.
        carriedMs = placeMs - next * FRAME_MS;
      } else if (Math.abs(Math.ceil((placeMs - carriedMs) / FRAME_MS) - next) > SAME_PLACE_FRAMES) {
        next = Math.ceil(placeMs / FRAME_MS);
        carriedMs = 0;
      }
      void reader?.prepare(next);
    },
    pump(nowMs) {
      if (endSaidAt !== null && nowMs - endSaidAt >= SAY_AGAIN_MS) sayEnd(nowMs);
      if (!playhead || playhead.runningSince === null || over) return;
      const planMs = playhead.runningSince - playhead.positionMs;
      if (lagMs === null) {
        if (!reader?.frame(next) && next < (reader?.frameCount ?? 1)) {
          waiting = true;
          return;
        }
        // The beginning of a message is never sent too late to be played: a slow disk moves all of it.
        const behindMs = nowMs - (planMs + carriedMs + next * FRAME_MS);
        const moves = begun ? waiting : !takesOver;
        lagMs = carriedMs + (moves && behindMs > LATE_BEGINNING_MS ? behindMs : 0);
        waiting = false;
        begun = true;
      }
      if (!reader) return;
      const startMs = planMs + (lagMs ?? 0);
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
        sayEnd(nowMs);
      }
    },
    close() {
      closed = true;
      reader?.close().catch(() => undefined);
    },
  };
}
