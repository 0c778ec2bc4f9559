import type { Logger } from 'pino';
import { wallClockCorrection } from '@loa/shared/timing/wall-clock';

/** An error of the wall clock that is worth a line in the log. */
const REMARKABLE_MS = 1_000;

/**
 * The server's clock in ms since the Unix epoch, with fractions. It starts at the wall clock and then runs on the monotonic one, so
 * that a step of the wall clock never moves a sample that is on air; TL8 says how it gets back to the wall clock.
 */
export interface ServerClock {
  now(): number;
  /** Counts the times that the clock was set: whoever knows the time from before has to ask again. */
  readonly settings: number;
  /** Compares with the wall clock; to be called every second or so. `idle`: nothing is on air. Whether the clock was set. */
  look(idle: boolean): boolean;
}

export function createServerClock(
  logger: Logger,
  wallNow: () => number = Date.now,
  monotonicNow: () => number = () => performance.now(),
): ServerClock {
  let offsetMs = wallNow() - monotonicNow();
  let lookedAt = monotonicNow();
  let warned = false;
  let settings = 0;
  return {
    now: () => monotonicNow() + offsetMs,
    get settings() {
      return settings;
    },
    look(idle) {
      const at = monotonicNow();
      const errorMs = wallNow() - (at + offsetMs);
      const correctionMs = wallClockCorrection(errorMs, at - lookedAt, idle);
      lookedAt = at;
      offsetMs += correctionMs;
      const remarkable = Math.abs(errorMs) > REMARKABLE_MS;
      if (remarkable && !warned)
        logger.warn({ errorMs: Math.round(errorMs), setNow: idle }, 'the wall clock was set, or this machine slept');
      warned = remarkable && !idle;
      const set = idle && correctionMs !== 0;
      if (set) settings += 1;
      return set;
    },
  };
}
