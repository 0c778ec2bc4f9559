import type { LoggedEvent } from '@loa/shared/broadcasts/events';
import type { LiveState } from '@loa/shared/broadcasts/state';
import { nextTagAfter } from '@loa/shared/broadcasts/tags';
import type { BroadcastId } from '@loa/shared/ids';
import type { LogPlace } from '@loa/shared/log/compare-logs';
import type { Instant } from '@loa/shared/time';
import type { Standing } from '../link/messages.ts';
import type { EventStore } from './event-store.ts';
import type { LivePicture } from './live/live-picture.ts';
import type { Ending } from './live/shown-broadcasts.ts';
import type { NodeRun } from './repositories/event-repository.ts';
import { createWaitingEvents } from './waiting-events.ts';

/** Events that this node alone has and that wait here for the log to take them; as many as the pump keeps (`MAX_RETAINED_EVENTS`). */
export const MAX_LOCAL_EVENTS = 50_000;

/** A place in the log, and the tag that is given there next. */
export interface TaggedPlace extends LogPlace {
  readonly nextTag: number;
}

const BEGINNING: TaggedPlace = { version: 0, hash: '', nextTag: 1 };

/** Where the log is after these events. */
export function placeAfter(place: TaggedPlace, events: readonly LoggedEvent[]): TaggedPlace {
  return events.reduce<TaggedPlace>(
    ({ nextTag }, { version, hash, event }) => ({
      version,
      hash,
      nextTag: event.type === 'broadcast-started' ? nextTagAfter(nextTag, event.tag) : nextTag,
    }),
    { version: place.version, hash: place.hash, nextTag: place.nextTag },
  );
}

/** What this door knows of the pump's log: picture and database follow it, also onto another branch. */
export interface FollowedLog {
  /** The end of what is folded; null before anything was read or told. */
  readonly at: LogPlace | null;
  /** The same without what only this node has: a fresh pump goes on from there. */
  readonly inLog: TaggedPlace | null;
  /** Begins with what is stored. */
  begin(place: TaggedPlace): void;
  /** Events of the pump, new or known. False, and nothing is taken: they do not follow what is folded. */
  take(events: readonly LoggedEvent[]): boolean;
  /**
   * LA7. Where that says that nothing is local any more, the log has taken it (LA3), unless the log was replaced. False: what it has
   * taken was too much to be kept here, and the pump's whole state is to be taken over.
   */
  setStanding(standing: Standing): boolean;
  /** LA6: what was folded is void; `takeOver` follows. */
  leave(): void;
  /** The state that stays, at its place, and events that lead there, as many as the pump has. */
  takeOver(at: LogPlace, state: LiveState, events: readonly LoggedEvent[]): void;
  /** Another run of the pump answers: what the one before had alone is lost, and ended at `endedAt`. */
  forgetOtherRuns(endedAt: Instant): void;
}

export interface FollowedLogOptions {
  readonly picture: Pick<LivePicture, 'fold' | 'settleLocal' | 'takeOver' | 'setAuthority' | 'state'>;
  readonly store: Pick<EventStore, 'add' | 'addBeside'>;
  /** Of the pump that answers. */
  pump(): NodeRun;
  /** Server time in ms. */
  now(): number;
  readonly maxLocal?: number;
}

export function createFollowedLog({
  picture,
  store,
  pump,
  now,
  maxLocal = MAX_LOCAL_EVENTS,
}: FollowedLogOptions): FollowedLog {
  let at: LogPlace | null = null;
  let inLog: TaggedPlace | null = null;
  const local = createWaitingEvents(maxLocal);
  let standing: Standing = { awaySince: null, localAfter: null };
  let isVoid = false;

  const isLocal = ({ version }: LoggedEvent) => standing.localAfter !== null && version > standing.localAfter;
  const keep = (events: readonly LoggedEvent[]) => {
    const shared = events.filter((entry) => !isLocal(entry));
    const alone = events.filter(isLocal);
    store.add(shared);
    for (const entry of alone) store.addBeside({ kind: 'local', entry, ...pump() });
    local.add(alone);
    return { shared, alone };
  };
  const giveUpLocal = (exceptRun: string | null, endedAt: Instant) =>
    store.addBeside({
      kind: 'lost',
      node: pump().node,
      exceptRun,
      live: [...picture.state.broadcasts.keys()],
      reason: exceptRun === null ? 'overruled' : 'restarted',
      at: endedAt,
    });

  return {
    get at() {
      return at;
    },
    get inLog() {
      return inLog;
    },
    begin(place) {
      at = place;
      inLog = place;
      local.empty();
    },
    take(events) {
      const fresh = events.filter(({ version }) => version > (at?.version ?? 0));
      const [first] = fresh;
      const last = fresh.at(-1);
      if (!first || !last) return true;
      const { version, hash } = at ?? BEGINNING;
      if (first.version !== version + 1 || first.prevHash !== hash) return false;
      const { shared, alone } = keep(fresh);
      picture.fold(shared);
      picture.fold(alone, true);
      inLog = placeAfter(inLog ?? BEGINNING, shared);
      at = { version: last.version, hash: last.hash };
      return true;
    },
    setStanding(next) {
      standing = next;
      const { awaySince } = next;
      picture.setAuthority({ kind: awaySince === null ? 'shared' : 'local', since: awaySince });
      if (next.localAfter !== null || isVoid) return true;
      if (local.hasGap) return false;
      if (local.length === 0) return true;
      const taken = local.empty();
      store.add(taken);
      inLog = placeAfter(inLog ?? BEGINNING, taken);
      picture.settleLocal();
      return true;
    },
    leave: () => void (isVoid = true),
    takeOver(place, state, events) {
      const endings = new Map<BroadcastId, Ending>();
      for (const { event, at: endedAt } of events)
        if (event.type === 'broadcast-ended') endings.set(event.broadcastId, { at: endedAt, reason: event.reason });
      isVoid = false;
      local.empty();
      const alone = events.filter(isLocal);
      const begun = alone.flatMap(({ event }) => (event.type === 'broadcast-started' ? event.broadcastId : []));
      picture.takeOver(state, new Set(begun), endings);
      giveUpLocal(null, Math.floor(now()));
      keep(events);
      const [firstAlone] = alone;
      at = place;
      inLog = firstAlone
        ? { version: firstAlone.version - 1, hash: firstAlone.prevHash, nextTag: state.nextTag }
        : { ...place, nextTag: state.nextTag };
    },
    forgetOtherRuns: (endedAt) => giveUpLocal(pump().run, endedAt),
  };
}
