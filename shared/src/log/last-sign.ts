import type { Instant } from '../time.ts';

/** What is known of when a pump that is gone was last there. */
export interface LastSign {
  /** The last event that it decided; null: none is known. */
  readonly eventAt: Instant | null;
  /** The last sound of what was on air, or the moment at which somebody saw it go; null: nobody knows. */
  readonly seenAt: Instant | null;
}

/**
 * EL11: when what was on air then has ended. Not the moment at which the next pump finds it: a night may lie between. Times of the log
 * go on even if the clock was set back meanwhile, so that nothing ends before it began.
 */
export function endedByRestart({ eventAt, seenAt }: LastSign, now: Instant): Instant {
  if (eventAt === null && seenAt === null) return now;
  return Math.max(eventAt ?? 0, Math.min(now, seenAt ?? 0));
}
