import type { Logger } from 'pino';
import type { LoggedEvent } from '@loa/shared/broadcasts/events';
import type { BroadcastId } from '@loa/shared/ids';
import type { LogPlace } from '@loa/shared/log/compare-logs';
import type { LastSign } from '@loa/shared/log/last-sign';
import type { Instant } from '@loa/shared/time';
import type { EventStore } from './event-store.ts';
import { type FollowedLog, placeAfter, type TaggedPlace } from './followed-log.ts';
import { isAway, type KeptEnd, type LastKnown } from './last-known/last-known.ts';
import type { LivePicture } from './live/live-picture.ts';
import type { LogRepository, StoredEnd } from './repositories/log-repository.ts';
import { within } from './within.ts';

/** The greeting waits no longer for the database: an emergency never does, once this door has seen the log. */
const DATABASE_WAIT_MS = 2_000;

/** What a pump is greeted with. */
export interface Beginning {
  readonly hello: {
    readonly resume: TaggedPlace;
    readonly at: LogPlace;
    readonly unfinished: BroadcastId[];
    readonly lastSign: LastSign;
    readonly usedKeys: Array<[key: string, BroadcastId]>;
  };
  /** EL30: nothing of the log could be read: whatever the pump has is taken over from it. */
  readonly isBlind: boolean;
}

export interface BeginningOptions {
  readonly store: Pick<EventStore, 'settled' | 'logged'>;
  readonly repository: Pick<LogRepository, 'readEnd' | 'readAfter'>;
  readonly followed: Pick<FollowedLog, 'at' | 'inLog' | 'begin'>;
  readonly picture: Pick<LivePicture, 'reset' | 'fold' | 'state'>;
  readonly kept: LastKnown['end'];
  /** When the last pump went away, on its clock; null: this door has seen none go. */
  readonly goneAt: Instant | null;
  readonly log: Logger;
}

/** EL31: the end of the log when what waits for the database is counted. */
export function endAfter(end: KeptEnd, waiting: readonly LoggedEvent[]): KeptEnd {
  const later = waiting.filter(({ version }) => version > end.version);
  const unfinished = new Set(end.unfinished);
  const usedKeys = new Map(end.usedKeys);
  for (const { event } of later) {
    if (event.type === 'broadcast-started') {
      unfinished.add(event.broadcastId);
      usedKeys.set(event.spec.key, event.broadcastId);
    }
    if (event.type === 'broadcast-ended') unfinished.delete(event.broadcastId);
  }
  const { at = null } = later.at(-1) ?? {};
  const eventAt = at === null ? end.lastSign.eventAt : Math.max(at, end.lastSign.eventAt ?? 0);
  return {
    ...placeAfter(end, later),
    unfinished: [...unfinished],
    usedKeys: [...usedKeys],
    lastSign: { ...end.lastSign, eventAt },
  };
}

/** Begins with what is stored, unless this door has seen at least as much itself; without a database with what it knew last. */
export async function readBeginning(options: BeginningOptions): Promise<Beginning> {
  const { store, repository, followed, picture, kept, goneAt, log } = options;
  const end = await within<StoredEnd>(
    store.settled().then(() => repository.readEnd()),
    DATABASE_WAIT_MS,
    'the database',
  ).catch((error: unknown) => {
    const stored = followed.at || !isAway(error) ? null : kept.read();
    const known = stored && endAfter(stored, store.logged);
    if (!followed.at && !known) throw error;
    log.warn({ err: error, version: known?.version }, 'the database is away; going on from what this door has seen');
    return known;
  });
  const { at } = followed;
  const { eventAt = null, seenAt = null } = end?.lastSign ?? {};
  const lastSign = {
    eventAt,
    seenAt: seenAt === null || goneAt === null ? (seenAt ?? goneAt) : Math.max(seenAt, goneAt),
  };
  if (end && (!at || end.version > at.version)) {
    const isBlind = !('oldestOpen' in end);
    if (!isBlind) {
      const events = await repository.readAfter(end.oldestOpen - 1);
      picture.reset(end.oldestOpen - 1);
      picture.fold(events);
    }
    const { unfinished, usedKeys, version, hash, nextTag } = end;
    const resume = { version, hash, nextTag };
    followed.begin(resume);
    return { hello: { resume, at: resume, unfinished, lastSign, usedKeys }, isBlind };
  }
  const unfinished = new Set([...(end?.unfinished ?? []), ...picture.state.broadcasts.keys()]);
  const usedKeys = [...new Map([...(end?.usedKeys ?? []), ...picture.state.usedKeys])];
  const resume = followed.inLog ?? { version: 0, hash: '', nextTag: 1 };
  return { hello: { resume, at: at ?? resume, unfinished: [...unfinished], lastSign, usedKeys }, isBlind: false };
}
