import type { BroadcastId, ZoneId } from '../ids.ts';
import type { Instant, Millis } from '../time.ts';
import type { StartSpec } from './commands.ts';

/** Where a stored programme stands: it has played `positionMs` and, unless it stands still, runs since `runningSince`. */
export interface Playhead {
  readonly positionMs: Millis;
  readonly runningSince: Instant | null;
}

/** One broadcast that has not ended. */
export interface LiveBroadcast {
  readonly id: BroadcastId;
  readonly tag: number;
  readonly rank: number;
  readonly spec: StartSpec;
  readonly phase: 'on-air' | 'waiting';
  /** On air since then; while waiting, the same as `askedAt`. Of equal ranks the one that started first keeps a zone. */
  readonly startedAt: Instant;
  /** When the command was given; decides between broadcasts that were let on the air at the same instant. */
  readonly askedAt: Instant;
  /** When it ends by itself: on air its life, while waiting its patience; null: never. */
  readonly expiresAt: Instant | null;
  /** Stopped by its presenter (stored only); it keeps its zones. */
  readonly paused: boolean;
  /** Present for segments only. */
  readonly playhead: Playhead | null;
  /** Set while a live source is away; the slot is kept until then. */
  readonly sourceKeepUntil: Instant | null;
  /** Zones that it asked for, covers and does not hold: smallest covering set with the holder of each. */
  readonly interrupted: ReadonlyArray<{ readonly zone: ZoneId; readonly by: BroadcastId }>;
}

/** The fold of the log. Ended broadcasts leave it; `usedKeys` remembers idempotency keys of those still live and recently ended. */
export interface LiveState {
  /** Version of the last event folded in; 0 before the first. */
  readonly version: number;
  /** BR22: the next counted tag to try; tags of live broadcasts are skipped. */
  readonly nextTag: number;
  readonly broadcasts: ReadonlyMap<BroadcastId, LiveBroadcast>;
  readonly usedKeys: ReadonlyMap<string, BroadcastId>;
}
