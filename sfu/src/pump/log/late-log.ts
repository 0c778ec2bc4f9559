import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { LoggedEvent } from '@loa/shared/broadcasts/events';
import type { LiveState } from '@loa/shared/broadcasts/state';
import { err, ok, type Result } from '@loa/shared/result';
import { chainEvents } from './chain-events.ts';
import type { EventLog, LogHead, Replacement } from './event-log.ts';
import { away } from './log-follower.ts';
import { createOwnChain } from './own-chain.ts';

/** Between two attempts to open the log, in ms. */
const OPEN_EVERY_MS = 500;
const UNREADABLE = 'the log is not readable';

export interface LateLogOptions {
  /** Where this node begins as long as nobody tells it what else there is: the end of the database, with nothing on air. */
  readonly start: LogHead;
  readonly state: LiveState;
  /** Why the log was not opened. */
  readonly why: string;
  /** Opens the log, or says why not. */
  open(): Promise<Result<EventLog, { readonly detail: string }>>;
  readonly logger: Logger;
}

/**
 * LA10: the log of a node that has begun while the log is away. Until it can be opened, this node has a chain of its own for emergencies (LA2). What is
 * in the log by then was decided without it: its own orders are lost events there, and given again (LA4).
 */
export function createLateLog({ start, state, why, open, logger }: LateLogOptions): EventLog {
  const chain = createOwnChain({ head: start, earlier: [], keep: 0, logger });
  const listeners = new Set<(events: readonly LoggedEvent[]) => void>();
  const replacementListeners: Array<(replacement: Replacement) => void> = [];
  const standingListeners: Array<() => void> = [];
  let readState: () => LiveState = () => state;
  let log: EventLog | null = null;
  let detail = why;
  const closing = new AbortController();

  const tell = (events: readonly LoggedEvent[]) => {
    for (const listener of listeners) listener(events);
  };
  const tellReplaced = (replacement: Replacement) => {
    for (const listener of replacementListeners) listener(replacement);
  };
  const tellStanding = () => {
    for (const listener of standingListeners) listener();
  };
  chain.subscribe(tell);
  chain.onStanding(() => {
    if (log === null) tellStanding();
  });

  const enter = (opened: EventLog) => {
    const lost = chain.retained.all;
    logger.info({ version: opened.head.version, lost: lost.length }, 'the log is there; going on in it');
    log = opened;
    opened.subscribe(tell);
    opened.onReplaced(tellReplaced);
    opened.onStanding(tellStanding);
    opened.storeStatesOf(() => readState());
    tellReplaced({ state: opened.opened ?? state, lost });
    tellStanding();
  };
  /** What another version of Loa has written may be read by the next state; giving up would leave this node away for good. */
  const attempt = async (): Promise<Awaited<ReturnType<typeof open>>> => {
    try {
      return await open();
    } catch (error) {
      if (detail !== UNREADABLE) logger.error({ err: error }, 'what is in the log is no log');
      return err({ detail: UNREADABLE });
    }
  };
  const keepOpening = async () => {
    while (!closing.signal.aborted) {
      await delay(OPEN_EVERY_MS, undefined, { signal: closing.signal });
      const opened = await attempt();
      if (opened.ok) return closing.signal.aborted ? opened.value.close() : enter(opened.value);
      detail = opened.error.detail;
    }
  };
  logger.error({ why, version: start.version }, 'the log is away; beginning without it');
  const opening = keepOpening().catch((error: unknown) => {
    if (!closing.signal.aborted) logger.error({ err: error }, 'the log cannot be opened');
  });

  return {
    get head() {
      return (log ?? chain).head;
    },
    get reachable() {
      return log?.reachable ?? false;
    },
    get localAfter() {
      return (log ?? chain).localAfter;
    },
    opened: state,
    append(expectedVersion, events, at, how = {}) {
      if (log) return log.append(expectedVersion, events, at, how);
      const { head } = chain;
      if (expectedVersion !== head.version) return Promise.resolve(err({ code: 'conflict', version: head.version }));
      if (!how.local) return Promise.resolve(away(detail));
      const logged = chainEvents(head, events, at);
      chain.extend(logged);
      return Promise.resolve(ok(logged));
    },
    readAfter: (version, limit) =>
      log?.readAfter(version, limit) ?? Promise.resolve(chain.retained.after(version, limit)),
    isOn: (place) => log?.isOn(place) ?? chain.retained.leadsOn(place, chain.head),
    // What only this node has is given to the log first.
    forgetUpTo: (version) => log?.forgetUpTo(version),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onReplaced: (listener) => void replacementListeners.push(listener),
    onStanding: (listener) => void standingListeners.push(listener),
    storeStatesOf: (read) => void (readState = read),
    catchUp: () => log?.catchUp() ?? Promise.resolve(),
    async close() {
      closing.abort();
      await opening;
      await log?.close();
    },
  };
}
