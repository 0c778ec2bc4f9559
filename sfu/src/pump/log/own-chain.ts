import type { Logger } from 'pino';
import type { LoggedEvent } from '@loa/shared/broadcasts/events';
import { isChained } from './chain-events.ts';
import type { LogHead, Replacement } from './event-log.ts';
import { createRetainedEvents, type RetainedEvents } from './retained-events.ts';

/** What one node has folded of the log, its end in memory, and who is told of it. */
export interface OwnChain {
  readonly head: LogHead;
  readonly retained: RetainedEvents;
  /** Why the log is away; null while all is well. */
  readonly trouble: string | null;
  /** LA2: events after this version are this node's alone; null when there are none. */
  readonly localAfter: number | null;
  setTrouble(why: string | null): void;
  /** Events that the log has after `head`. Throws when they do not follow it. */
  take(events: readonly LoggedEvent[]): void;
  /** LA2: events that only this node has. */
  extend(events: readonly LoggedEvent[]): void;
  /** The log has all that this node has. */
  confirm(): void;
  /** Goes on at `at` in the log; `earlier` are the events of the log before that which a door may ask for. */
  leave(at: LogHead, earlier: readonly LoggedEvent[], replacement: Replacement): void;
  subscribe(listener: (events: readonly LoggedEvent[]) => void): () => void;
  onReplaced(listener: (replacement: Replacement) => void): void;
  /** `trouble` has come or gone, or `localAfter` is another one; told before the events that follow. */
  onStanding(listener: () => void): void;
}

export interface OwnChainOptions {
  readonly head: LogHead;
  readonly earlier: readonly LoggedEvent[];
  /** EL4: the newest events that are never forgotten. */
  readonly keep: number;
  readonly logger: Logger;
}

export function createOwnChain({ head: first, earlier, keep, logger }: OwnChainOptions): OwnChain {
  const listeners = new Set<(events: readonly LoggedEvent[]) => void>();
  const replacementListeners: Array<(replacement: Replacement) => void> = [];
  const standingListeners: Array<() => void> = [];
  const retained = createRetainedEvents(keep, (lost) =>
    logger.error({ lost }, 'no door stores the log; this node forgets events'),
  );
  let head = first;
  let trouble: string | null = 'the log has not been read yet';
  let localAfter: number | null = null;
  retained.push(earlier);

  const setLocalAfter = (next: number | null) => {
    if (next === localAfter) return;
    localAfter = next;
    for (const listener of standingListeners) listener();
  };
  const deliver = (events: readonly LoggedEvent[]) => {
    const last = events.at(-1);
    if (!last) return;
    if (!isChained(head, events)) throw new Error(`events after ${head.version} do not follow it`);
    head = { version: last.version, hash: last.hash };
    retained.push(events);
    for (const listener of listeners) listener(events);
  };

  return {
    get head() {
      return head;
    },
    retained,
    get trouble() {
      return trouble;
    },
    get localAfter() {
      return localAfter;
    },
    setTrouble(next) {
      const turned = (next === null) !== (trouble === null);
      trouble = next;
      if (!turned) return;
      if (next === null) logger.info({ version: head.version }, 'the log is there');
      else logger.error({ why: next, version: head.version }, 'the log is away; what is on air goes on');
      for (const listener of standingListeners) listener();
    },
    take(events) {
      setLocalAfter(null);
      deliver(events);
    },
    extend(events) {
      setLocalAfter(localAfter ?? head.version);
      deliver(events);
    },
    confirm: () => setLocalAfter(null),
    leave(at, before, replacement) {
      head = at;
      retained.beginAnew(before);
      // First that what was told is void, or it would look as if the log had taken what was local.
      for (const listener of replacementListeners) listener(replacement);
      setLocalAfter(null);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onReplaced: (listener) => void replacementListeners.push(listener),
    onStanding: (listener) => void standingListeners.push(listener),
  };
}
