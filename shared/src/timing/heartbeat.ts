/*
 * Whether a process that is asked for a sign of life again and again hangs (LV rules). Whoever watches looks every `everyMs` and says
 * what it has seen; nothing here reads a clock. Times in ms on the watcher's own monotonic clock.
 */

export interface HeartbeatLimits {
  /** Between two looks. */
  readonly everyMs: number;
  /** Looks in a row without an answer after which it hangs. */
  readonly misses: number;
  /** The same for looks at which it was waiting for a processor or a disk: it is slow because the machine is. */
  readonly waits: number;
}

export interface Heartbeat {
  readonly countedAtMs: number;
  readonly misses: number;
  readonly waits: number;
}

/** What a look finds. `waiting`: no answer, but it waits for the machine. */
export type Sign = 'answered' | 'silent' | 'waiting';

export const beginHeartbeat = (nowMs: number): Heartbeat => ({ countedAtMs: nowMs, misses: 0, waits: 0 });

/**
 * LV1, LV2: one look. A look counts once, however late it is, so a watcher that stood still itself gives the other one the same chance as
 * before; one that comes right after the one before (timers that were late) does not count.
 */
export function lookAtHeartbeat(beat: Heartbeat, sign: Sign, nowMs: number, limits: HeartbeatLimits): Heartbeat {
  if (sign === 'answered') return beginHeartbeat(nowMs);
  if (nowMs - beat.countedAtMs < limits.everyMs / 2) return beat;
  const { misses, waits } = beat;
  return sign === 'silent'
    ? { countedAtMs: nowMs, misses: misses + 1, waits }
    : { countedAtMs: nowMs, misses, waits: waits + 1 };
}

/** LV1, LV2: whether it hangs. Whole numbers: a third and two thirds are one. */
export function isHung({ misses, waits }: Heartbeat, limits: HeartbeatLimits): boolean {
  return misses * limits.waits + waits * limits.misses >= limits.misses * limits.waits;
}
