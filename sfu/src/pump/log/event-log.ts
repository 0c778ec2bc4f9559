import type { BroadcastEvent, LoggedEvent } from '@loa/shared/broadcasts/events';
import type { Result } from '@loa/shared/result';
import type { Instant } from '@loa/shared/time';

/** Where a log ends: version of its last event (0: none) and that event's hash. */
export interface LogHead {
  readonly version: number;
  readonly hash: string;
}

/**
 * The ordered log of what was decided. Every implementation passes `test/event-log.contract.ts`: versions are contiguous, an
 * append succeeds only on the expected version and then as a whole, each event carries its predecessor's hash, and
 * subscribers see every event once, in order.
 */
export interface EventLog {
  readonly head: LogHead;
  append(
    expectedVersion: number,
    events: readonly BroadcastEvent[],
    at: Instant,
  ): Promise<Result<LoggedEvent[], { readonly version: number }>>;
  /** Events after `version`, oldest first, at most `limit`; those before the retained part are gone. */
  readAfter(version: number, limit: number): Promise<LoggedEvent[]>;
  /** Events up to `version` are stored elsewhere and may be forgotten. */
  forgetUpTo(version: number): void;
  subscribe(listener: (events: readonly LoggedEvent[]) => void): () => void;
}
