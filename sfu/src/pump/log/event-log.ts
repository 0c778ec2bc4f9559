import type { BroadcastEvent, LoggedEvent } from '@loa/shared/broadcasts/events';
import type { LiveState } from '@loa/shared/broadcasts/state';
import type { LogPlace } from '@loa/shared/log/compare-logs';
import type { Result } from '@loa/shared/result';
import type { Instant } from '@loa/shared/time';

/** Where a log ends: version of its last event (0: none) and that event's hash. */
export type LogHead = LogPlace;

/** What a log begins with when there is none yet. */
export interface FirstOfLog {
  readonly nextTag: number;
  /** BR21: keys that were used before there was this log. */
  readonly usedKeys: LiveState['usedKeys'];
  readonly events: readonly BroadcastEvent[];
  readonly at: Instant;
}

/** Why nothing was appended. */
export type AppendRefusal =
  /** Another append was first; everything up to `version` has been told to the subscribers. */
  | { readonly code: 'conflict'; readonly version: number }
  /** The log cannot be reached, or cannot promise to keep the events. Should they be in it after all, subscribers are told. */
  | { readonly code: 'away'; readonly detail: string }
  /** The lease under which the append was made has another owner now, or none. */
  | { readonly code: 'fenced' };

/** EL10: a lease by its name, and the token under which the caller holds it. */
export interface Fence {
  readonly lease: string;
  readonly token: string;
}

/** How an append is made. */
export interface AppendHow {
  readonly fence?: Fence | undefined;
  /** LA2: only while the log is away, and only on this node's chain; a `conflict` when it is there after all. */
  readonly local?: boolean;
}

/** The log goes on from another place than the one where this node stood. */
export interface Replacement {
  readonly state: LiveState;
  /** Events that this node has folded and that the log does not have. */
  readonly lost: readonly LoggedEvent[];
}

/**
 * The ordered log of what was decided. Every implementation passes `test/event-log.contract.ts`: versions are contiguous, an
 * append succeeds only on the expected version and then as a whole, each event carries its predecessor's hash, and
 * subscribers see every event once, in order.
 */
export interface EventLog {
  readonly head: LogHead;
  /** False while appends are refused because the log is away. */
  readonly reachable: boolean;
  /** LA2: events after this version are this node's alone; null when there are none. */
  readonly localAfter: number | null;
  /** The state at `head` when the log was opened; null when nothing is live in it. */
  readonly opened: LiveState | null;
  append(
    expectedVersion: number,
    events: readonly BroadcastEvent[],
    at: Instant,
    how?: AppendHow,
  ): Promise<Result<LoggedEvent[], AppendRefusal>>;
  /** Events after `version`, oldest first, at most `limit`; those before the retained part are gone. */
  readAfter(version: number, limit: number): Promise<LoggedEvent[]>;
  /** Whether `place` is a place of this log from which `readAfter` leads on without a gap. */
  isOn(place: LogHead): boolean;
  /** Events up to `version` are stored elsewhere and may be forgotten. */
  forgetUpTo(version: number): void;
  subscribe(listener: (events: readonly LoggedEvent[]) => void): () => void;
  /** Tells who folds the log to go on from another state; the events after it follow as usual. */
  onReplaced(listener: (replacement: Replacement) => void): void;
  /** `reachable` or `localAfter` is another one; told before the events that follow. */
  onStanding(listener: () => void): void;
  /** From whom the log takes the state at `head`, to store it. */
  storeStatesOf(read: () => LiveState): void;
  /** Tells the subscribers what others have appended meanwhile. */
  catchUp(): Promise<void>;
  close(): Promise<void>;
}
