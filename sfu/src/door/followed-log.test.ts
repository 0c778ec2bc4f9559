import { beforeEach, describe, expect, it } from 'vitest';
import type { LoggedEvent } from '@loa/shared/broadcasts/events';
import { evolve, INITIAL_STATE } from '@loa/shared/broadcasts/evolve';
import type { LiveState } from '@loa/shared/broadcasts/state';
import type { LogPlace } from '@loa/shared/log/compare-logs';
import { CITY_ROWS, treeOf } from '../../../shared/test/support/city.ts';
import { createSession, type Session, specOf } from '../../../shared/test/support/session.ts';
import { createFollowedLog, type FollowedLog } from './followed-log.ts';
import { createLivePicture, type LivePicture } from './live/live-picture.ts';
import type { StoreItem } from './repositories/event-repository.ts';

const TREE = treeOf(CITY_ROWS);
const NOW = 5_000_000;
const MAX_LOCAL = 2;
const BEGINNING: LogPlace = { version: 0, hash: '' };

let picture: LivePicture;
let stored: StoreItem[];
let log: FollowedLog;
beforeEach(() => {
  picture = createLivePicture({ tree: TREE, treeVersion: '1' }, () => NOW);
  stored = [];
  log = createFollowedLog({
    picture,
    store: {
      add: (events) => void stored.push(...events.map((entry) => ({ kind: 'log' as const, entry }))),
      addBeside: (item) => void stored.push(item),
    },
    pump: () => ({ node: 'a', run: 'run-1' }),
    now: () => NOW,
    maxLocal: MAX_LOCAL,
  });
  return () => picture.close();
});

/** What a session decided since `from`, as it stands in a log after `head`; the hashes only have to differ. */
const logged = (session: Session, head: LogPlace, from = 0): LoggedEvent[] => {
  let prevHash = head.hash;
  return session.log.slice(from).map(({ event, at }, i) => {
    const hash = `${prevHash}/${event.type}-${event.broadcastId}`;
    const entry = { version: head.version + 1 + i, at, prevHash, hash, event };
    prevHash = hash;
    return entry;
  });
};
const placeOf = (events: readonly LoggedEvent[]): LogPlace => {
  const last = events.at(-1);
  return last ? { version: last.version, hash: last.hash } : BEGINNING;
};
const stateAt = (events: readonly LoggedEvent[]): LiveState =>
  events.reduce((state, entry) => evolve(state, TREE, entry), INITIAL_STATE);
const kinds = () => stored.map((item) => (item.kind === 'lost' ? 'lost' : `${item.kind} ${item.entry.version}`));
const views = () =>
  picture.snapshot().broadcasts.map(({ broadcastId, local }) => `${broadcastId}${local ? ' alone' : ''}`);

/** A talk that the log has, then an alarm that only this node has. */
function alone(): { shared: LoggedEvent[]; local: LoggedEvent[] } {
  const session = createSession(TREE);
  session.start(specOf('talk', ['w1']));
  const shared = logged(session, BEGINNING);
  session.start(specOf('alarm', ['w2'], { level: 3 }));
  const local = logged(session, placeOf(shared), shared.length);
  log.take(shared);
  log.setStanding({ awaySince: 1_000, localAfter: null });
  log.setStanding({ awaySince: 1_000, localAfter: 1 });
  log.take(local);
  return { shared, local };
}

describe('events that do not follow', () => {
  it('because some are missing, or because they are of another branch, are not taken', () => {
    const session = createSession(TREE);
    session.start(specOf('talk', ['w1']));
    session.start(specOf('news', ['w3']));
    session.start(specOf('late', ['w2']));
    const events = logged(session, BEGINNING);
    expect(log.take(events.slice(0, 1))).toBe(true);
    expect(log.take(events.slice(2))).toBe(false);
    expect(log.take(events.slice(1, 2).map((entry) => ({ ...entry, prevHash: 'other' })))).toBe(false);
    expect(views()).toEqual(['talk']);
    expect(kinds()).toEqual(['log 1']);
    expect(log.take(events)).toBe(true);
    expect(views()).toEqual(['talk', 'news', 'late']);
  });
});

describe('LA2: events that only this node has', () => {
  it('are folded, marked, and stored beside the log; a fresh pump goes on without them', () => {
    const { shared, local } = alone();
    expect(views()).toEqual(['talk', 'alarm alone']);
    expect(picture.snapshot().authority).toEqual({ kind: 'local', since: 1_000 });
    expect(kinds()).toEqual(['log 1', 'local 2']);
    expect(log.at).toEqual(placeOf(local));
    expect(log.inLog).toEqual({ ...placeOf(shared), nextTag: 2 });
  });

  it('LA3: are stored as events of the log when it has taken them, and not marked any more', () => {
    const { local } = alone();
    log.setStanding({ awaySince: 1_000, localAfter: null });
    log.setStanding({ awaySince: null, localAfter: null });
    expect(views()).toEqual(['talk', 'alarm']);
    expect(picture.snapshot().authority).toEqual({ kind: 'shared', since: null });
    expect(kinds()).toEqual(['log 1', 'local 2', 'log 2']);
    expect(log.inLog).toEqual({ ...placeOf(local), nextTag: 2 });
  });
});

describe('events that only this node has, and more of them than a door keeps', () => {
  it('are folded and stored beside the log like the others; when the log has taken them, the state of the pump is to be taken over, with them', () => {
    const session = createSession(TREE);
    const from = log.at ?? BEGINNING;
    session.start(specOf('alarm', ['w1'], { level: 3 }));
    session.stop('alarm');
    session.start(specOf('second', ['w2'], { level: 3 }));
    const events = logged(session, from);
    expect(events).toHaveLength(MAX_LOCAL + 1);
    log.setStanding({ awaySince: 1_000, localAfter: 0 });
    expect(events.map((entry) => log.take([entry]))).toEqual([true, true, true]);
    expect(views()).toEqual(['second alone']);
    expect(log.setStanding({ awaySince: null, localAfter: null })).toBe(false);
    log.leave();
    log.takeOver(placeOf(events), stateAt(events), events);
    expect(views()).toEqual(['second']);
    expect(kinds()).toEqual(['local 1', 'local 2', 'local 3', 'lost', 'log 1', 'log 2', 'log 3']);
    expect(log.inLog).toEqual({ ...placeOf(events), nextTag: stateAt(events).nextTag });
    expect(log.setStanding({ awaySince: null, localAfter: null })).toBe(true);
  });
});

describe('LA6: the log has taken another way', () => {
  it('what is not in it has ended, as the log says or overruled, and is not taken for merged', () => {
    const { shared } = alone();
    const other = createSession(TREE);
    other.start(specOf('talk', ['w1']));
    other.stop('talk');
    other.start(specOf('news', ['w1']));
    const rest = logged(other, placeOf(shared), shared.length);
    const branch = [...shared, ...rest];
    log.leave();
    log.setStanding({ awaySince: 1_000, localAfter: null });
    log.takeOver(placeOf(branch), stateAt(branch), rest);
    expect(views()).toEqual(['news']);
    expect(picture.broadcastById('alarm' as never)).toMatchObject({
      phase: 'ended',
      endReason: 'overruled',
      endedAt: NOW,
    });
    expect(picture.broadcastById('talk' as never)).toMatchObject({ phase: 'ended', endReason: 'stopped' });
    expect(kinds()).toEqual(['log 1', 'local 2', 'lost', 'log 2', 'log 3']);
    expect(stored[2]).toMatchObject({ kind: 'lost', node: 'a', exceptRun: null, live: ['news'], reason: 'overruled' });
    expect(log.at).toEqual(placeOf(branch));
    expect(log.inLog).toEqual({ ...placeOf(branch), nextTag: 3 });
  });

  it('what was decided again on it goes on as the same broadcast', () => {
    const { shared } = alone();
    const other = createSession(TREE);
    other.start(specOf('talk', ['w1']));
    other.start(specOf('news', ['w3']));
    other.start(specOf('alarm', ['w2'], { level: 3 }));
    const rest = logged(other, placeOf(shared), shared.length);
    const branch = [...shared, ...rest];
    log.leave();
    log.takeOver(placeOf(branch), stateAt(branch), rest);
    log.setStanding({ awaySince: null, localAfter: null });
    expect(views()).toEqual(['talk', 'news', 'alarm']);
    expect(picture.broadcastById('alarm' as never)?.phase).toBe('on-air');
  });

  it('a state that is itself this node’s alone again stays so', () => {
    const { shared } = alone();
    const other = createSession(TREE);
    other.start(specOf('talk', ['w1']));
    other.start(specOf('news', ['w3']));
    other.start(specOf('alarm', ['w2'], { level: 3 }));
    const rest = logged(other, placeOf(shared), shared.length);
    log.leave();
    log.setStanding({ awaySince: 2_000, localAfter: 2 });
    log.takeOver(placeOf(rest), stateAt([...shared, ...rest]), rest);
    expect(views()).toEqual(['talk', 'news', 'alarm alone']);
    expect(log.inLog).toEqual({ ...placeOf(rest.slice(0, 1)), nextTag: 3 });
    log.setStanding({ awaySince: null, localAfter: null });
    expect(kinds().slice(2)).toEqual(['lost', 'log 2', 'local 3', 'log 3']);
  });

  it('another run of the pump: what the one before had alone is lost', () => {
    log.forgetOtherRuns(7_000);
    expect(stored).toMatchObject([{ kind: 'lost', node: 'a', exceptRun: 'run-1', reason: 'restarted', at: 7_000 }]);
  });
});
