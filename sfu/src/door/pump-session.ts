import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { LoggedEvent } from '@loa/shared/broadcasts/events';
import type { SourceId, ZoneId } from '@loa/shared/ids';
import type { LogPlace } from '@loa/shared/log/compare-logs';
import { endedByRestart } from '@loa/shared/log/last-sign';
import { createLinkClient, type LinkClient } from '../link/link-client.ts';
import { LinkError, type Notice, type SourceState, type Standing } from '../link/messages.ts';
import type { DoorAbout, PeerNode } from '../link/peer-nodes.ts';
import { readBeginning } from './beginning.ts';
import { createEventStore } from './event-store.ts';
import { createFollowedLog } from './followed-log.ts';
import type { LastKnown } from './last-known/last-known.ts';
import type { LivePicture } from './live/live-picture.ts';
import { ProblemError } from './problem-error.ts';
import type { EventRepository } from './repositories/event-repository.ts';
import type { LogRepository } from './repositories/log-repository.ts';
import { readPumpState } from './pump-state.ts';
import { createToldMeanwhile } from './told-meanwhile.ts';
import { createWaitingEvents } from './waiting-events.ts';
import type { ZoneBook } from './zones/zone-book.ts';

const CLOCK_EVERY_MS = 5_000;
const CLOSE_WAIT_MS = 3_000;
const TAKE_OVER_AGAIN_MS = 200;
/** Events that are told while this door takes the pump's state over; as many as the pump keeps (`MAX_RETAINED_EVENTS`). */
const MAX_HELD_EVENTS = 50_000;

/** The door's side of the link: greets the pump, folds what it tells and stores it. */
export interface PumpSession {
  readonly link: LinkClient;
  /** Whether this door has ever been told what is live; before that it knows of nothing, and must not say that there is nothing. */
  readonly greeted: boolean;
  readonly firstGreeting: Promise<void>;
  /** Settles when the picture has what the pump has told: not while this door takes another branch of the log over. */
  inStep(): Promise<void>;
  /** The pump's clock, ms with fractions: all stamps are on it. */
  serverNow(): number;
  /** The same for those who set their clocks by it: throws `LinkError` while no pump has been asked. */
  clockAnswer(): number;
  /** Gives the pump the tree of now unless it has it; what fails is for the next call. */
  bringTree(): void;
  /** `about` answers something else now. */
  tellAbout(): void;
  /** Events that are not in the database yet. */
  readonly unstoredEvents: number;
  close(): Promise<void>;
}

/** Throws until this door has been told what is live: an empty list would be a lie. */
export function requireGreeted({ greeted }: Pick<PumpSession, 'greeted'>): void {
  if (!greeted) throw new ProblemError('unavailable', 'this door is being started; ask again in a moment');
}

export interface PumpSessionOptions {
  readonly linkPath: string;
  readonly book: ZoneBook;
  readonly picture: LivePicture;
  readonly repository: LogRepository;
  readonly events: EventRepository;
  /** Where the stored log ended last. */
  readonly keptEnd: LastKnown['end'];
  readonly keptEvents: LastKnown['events'];
  readonly log: Logger;
  readonly maxHeld?: number;
  /** What the other nodes are told of this door; null until it listens. */
  about(): DoorAbout | null;
  /** All other nodes that there are now. */
  onNodes(nodes: readonly PeerNode[]): void;
  onSource(source: SourceState): void;
  onPathClosed(pathId: string): void;
  onSourceClosed(sourceId: SourceId): void;
  /** Another pump than before answers: sessions of the old one are gone without a word. */
  onPumpReplaced(): void;
}

const localNow = () => performance.timeOrigin + performance.now();

export function createPumpSession(options: PumpSessionOptions): PumpSession {
  const { picture, log, book, maxHeld = MAX_HELD_EVENTS } = options;
  const first = Promise.withResolvers<void>();
  let greeted = false;
  let offsetMs = 0;
  let clockKnown = false;
  /** When the last pump went away, on its clock; null: this door has seen none go. */
  let goneAt: number | null = null;
  let syncing = true;
  const held = createWaitingEvents(maxHeld);
  /** How often the log was replaced, and how much of that this door has taken over. */
  let replaced = 0;
  let takenOver = 0;
  let takingOver: Promise<void> | null = null;
  /** What was told of the pump's standing during a greeting: what it means depends on the answer. */
  let toldStandings: Standing[] | null = null;
  let lastRun = '';
  let lastNode = '';
  /** The version of the tree that the pump has, as far as it has said so. */
  let pumpTree = '';

  const pathsOf = (zones: readonly string[]) => zones.map((zone) => book.pathText(zone as ZoneId)).join('\n');
  const store = createEventStore({
    store: (items) => options.events.store(items, pathsOf),
    kept: options.keptEvents,
    onStored(place) {
      keepEnd(place);
      link.ask('events:stored', place).catch(() => undefined);
    },
    log,
  });
  const followed = createFollowedLog({
    picture,
    store,
    pump: () => ({ node: lastNode, run: lastRun }),
    now: () => localNow() + offsetMs,
  });

  /** Takes over what the pump has now, again until nothing was replaced meanwhile. */
  const catchUpWithBranch = async (pump: Pick<LinkClient, 'ask'>) => {
    while (takenOver !== replaced) {
      const seen = replaced;
      const { at, state, events } = await readPumpState(pump);
      if (seen !== replaced) continue;
      followed.takeOver(at, state, events);
      takenOver = seen;
    }
  };
  const leaveBranch = () => {
    replaced += 1;
    // What was told until now leads to where this pump is not any more.
    held.empty();
    followed.leave();
  };
  /** Folds what the pump has told; where that does not follow, its whole state is to be taken over. */
  const take = (events: readonly LoggedEvent[]) => {
    if (followed.take(events)) return;
    log.error({ at: followed.at?.version, told: events.at(0)?.version }, 'what the pump tells does not follow');
    leaveBranch();
  };
  /** Takes over and folds what was told meanwhile, until that follows. */
  const getInStep = async (pump: Pick<LinkClient, 'ask'>) => {
    do {
      await catchUpWithBranch(pump);
      take(held.empty());
    } while (takenOver !== replaced);
    syncing = false;
  };
  const hold = (events: readonly LoggedEvent[]) => {
    if (held.add(events)) return;
    log.warn({ max: maxHeld }, 'too much was told while the state of the pump was taken over; beginning anew');
    leaveBranch();
  };
  const onLogReplaced = () => {
    leaveBranch();
    // A greeting that is under way does it itself.
    if (!syncing) takeOver();
  };
  const takeOver = () => {
    syncing = true;
    takingOver = (async () => {
      for (;;) {
        try {
          await getInStep(link);
          return;
        } catch (error) {
          log.warn({ err: error }, 'the other branch of the log was not taken over');
          // The next greeting takes it over.
          if (!link.connected) return;
          await delay(TAKE_OVER_AGAIN_MS);
        }
      }
    })();
  };

  const takeTold = (events: readonly LoggedEvent[]) => {
    take(events);
    if (takenOver !== replaced) takeOver();
  };

  const readClock = async (from: Pick<LinkClient, 'ask'>) => {
    let best = Number.POSITIVE_INFINITY;
    for (let n = 0; n < 3; n++) {
      const sent = localNow();
      const { serverTimeMs } = await from.ask('clock', null);
      const roundTrip = localNow() - sent;
      if (roundTrip >= best) continue;
      best = roundTrip;
      offsetMs = serverTimeMs - (sent + roundTrip / 2);
    }
    clockKnown = true;
  };

  const told = createToldMeanwhile((notice: Notice) => {
    if (notice.type === 'events') {
      if (syncing) hold(notice.events);
      else takeTold(notice.events);
    }
    if (notice.type === 'standing') {
      if (toldStandings) toldStandings[0] = notice.standing;
      else if (!followed.setStanding(notice.standing)) onLogReplaced();
    }
    if (notice.type === 'log-replaced') onLogReplaced();
    if (notice.type === 'nodes') options.onNodes(notice.nodes);
    if (notice.type === 'source') {
      picture.setSource(notice.source);
      options.onSource(notice.source);
    }
    if (notice.type === 'source-closed') {
      picture.removeSource(notice.sourceId);
      options.onSourceClosed(notice.sourceId);
    }
    if (notice.type === 'path-closed') options.onPathClosed(notice.pathId);
    if (notice.type === 'clock-set') readClockSoon();
  });

  /** EL30: for a start without the database; from here a fresh pump goes on. */
  const keepEnd = ({ version, hash }: LogPlace) =>
    options.keptEnd.keep(() => {
      const { broadcasts, usedKeys } = picture.state;
      return {
        version,
        hash,
        nextTag: followed.inLog?.nextTag ?? 1,
        unfinished: [...broadcasts.keys()],
        usedKeys: [...usedKeys],
        lastSign: { eventAt: Math.floor(localNow() + offsetMs), seenAt: null },
      };
    });

  const greet = async (pump: Pick<LinkClient, 'ask'>) => {
    syncing = true;
    held.empty();
    const standings: Standing[] = [];
    toldStandings = standings;
    const { hello, isBlind } = await readBeginning({
      ...options,
      store,
      followed,
      kept: options.keptEnd,
      goneAt,
    });
    const { zones, treeVersion, successions } = book.current;
    const tree = { zones, treeVersion, successions: [...successions] };
    const { run, node, version, leadsOn, standing, ...taken } = await pump.ask('hello', { ...hello, ...tree });
    pumpTree = taken.treeVersion;
    const isOther = run !== lastRun;
    if (lastRun !== '' && isOther) options.onPumpReplaced();
    lastRun = run;
    lastNode = node;
    await readClock(pump);
    if (!leadsOn || isBlind) leaveBranch();
    // What was told meanwhile is newer than the answer.
    toldStandings = null;
    if (!followed.setStanding(standings[0] ?? standing)) leaveBranch();
    await catchUpWithBranch(pump);
    while ((followed.at?.version ?? 0) < version) {
      const { events } = await pump.ask('events:since', { version: followed.at?.version ?? 0 });
      if (events.length === 0) break;
      take(events);
      if (takenOver !== replaced) break;
    }
    await getInStep(pump);
    if (isOther) followed.forgetOtherRuns(endedByRestart(hello.lastSign, Math.floor(localNow() + offsetMs)));
    await told.during(pump.ask('sources:list', null), ({ sources }) => picture.replaceSources(sources));
    await told.during(pump.ask('nodes:list', null), ({ nodes }) => options.onNodes(nodes));
    tellAbout(pump);
    greeted = true;
    if (!isBlind && store.waiting === 0 && followed.inLog) keepEnd(followed.inLog);
    first.resolve();
    log.info({ run, version: picture.state.version }, 'pump connected');
  };

  const tellAbout = (to: Pick<LinkClient, 'ask'>) => {
    const about = options.about();
    // A pump that is greeted later gets it with the greeting.
    if (about)
      to.ask('door:about', about).catch((error: unknown) => log.warn({ err: error }, 'the other nodes were not told'));
  };

  const onDisconnected = () => {
    if (clockKnown) goneAt = Math.floor(localNow() + offsetMs);
    // The next pump may have another clock: the wall clock may have been set meanwhile.
    clockKnown = false;
    log.error('the pump went away');
  };

  const link = createLinkClient(options.linkPath, { onConnected: greet, onNotice: told.note, onDisconnected }, log);
  const readClockSoon = () => {
    if (link.connected)
      readClock(link).catch((error: unknown) => log.warn({ err: error }, 'reading the pump clock failed'));
  };
  const clockTimer = setInterval(readClockSoon, CLOCK_EVERY_MS);

  return {
    link,
    get greeted() {
      return greeted;
    },
    firstGreeting: first.promise,
    inStep: () => takingOver ?? Promise.resolve(),
    serverNow: () => localNow() + offsetMs,
    clockAnswer() {
      if (!clockKnown) throw new LinkError('unavailable', 'the clock of the pump is not known yet');
      return localNow() + offsetMs;
    },
    bringTree() {
      const { zones, treeVersion, successions } = book.current;
      // A pump that is greeted later gets it with the greeting.
      if (!link.connected || pumpTree === treeVersion) return;
      link.ask('tree:set', { zones, treeVersion, successions: [...successions] }).then(
        () => (pumpTree = treeVersion),
        (error: unknown) => log.error({ err: error }, 'the pump did not take the new zone tree; trying again'),
      );
    },
    tellAbout() {
      if (link.connected) tellAbout(link);
    },
    get unstoredEvents() {
      return store.waiting;
    },
    async close() {
      clearInterval(clockTimer);
      await store.close(CLOSE_WAIT_MS);
      link.close();
    },
  };
}
