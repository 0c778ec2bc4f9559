import { beginHeartbeat, type HeartbeatLimits, isHung, lookAtHeartbeat, type Sign } from '@loa/shared/timing/heartbeat';
import { isWaiting, type ProcessUse, readProcessUse } from '../../monitoring/process-use.ts';

/**
 * A media worker that hangs says nothing by itself, and its receivers hear nothing. It answers within a millisecond, within 116 ms at worst when
 * it is flooded with garbage: four silent looks in a row, 0.4 s, are no load any more. While it waits for a processor it has 2 s: the
 * machine is busy, and a new worker would wait as well.
 */
export const WORKER_LIMITS: HeartbeatLimits = { everyMs: 100, misses: 4, waits: 20 };

export interface WatchedWorker {
  readonly pid: number;
  /** Resolves with a sign of life; rejects when the worker is gone, which its owner hears otherwise. */
  ask(): Promise<unknown>;
}

/** Calls `onHung` once when the worker hangs by LV1 and LV2. */
export function watchWorker(worker: WatchedWorker, onHung: () => void, readUse = readProcessUse): { stop(): void } {
  let beat = beginHeartbeat(performance.now());
  let asked = false;
  let use: ProcessUse | null = null;

  const readSign = (): Sign => {
    if (!asked) return 'answered';
    const before = use;
    use = readUse(worker.pid);
    return isWaiting(before, use) ? 'waiting' : 'silent';
  };
  const look = () => {
    beat = lookAtHeartbeat(beat, readSign(), performance.now(), WORKER_LIMITS);
    if (isHung(beat, WORKER_LIMITS)) {
      clearInterval(timer);
      onHung();
      return;
    }
    if (asked) return;
    asked = true;
    use = null;
    worker.ask().then(
      () => (asked = false),
      () => undefined,
    );
  };
  const timer = setInterval(look, WORKER_LIMITS.everyMs);
  return { stop: () => clearInterval(timer) };
}
