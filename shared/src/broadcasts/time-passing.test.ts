import { beforeEach, describe, expect, it } from 'vitest';
import { CITY_ROWS, treeOf } from '../../test/support/city.ts';
import {
  broadcastId,
  createSession,
  eventsOf,
  segmentOf,
  sourceId,
  specOf,
  type Session,
} from '../../test/support/session.ts';
import { WAIT_LIMIT_MS } from './limits.ts';

let session: Session;
beforeEach(() => {
  session = createSession(treeOf(CITY_ROWS));
});

const ended = (id: string, reason: string) => ({
  type: 'broadcast-ended',
  broadcastId: id,
  reason,
  by: null,
  detail: null,
});
const lose = (id: string) => session.run({ type: 'source-lost', sourceId: sourceId(id) });
const find = (id: string, source: string) =>
  session.run({ type: 'source-found', broadcastId: broadcastId(id), sourceId: sourceId(source) });

describe('time', () => {
  it('BR1: a tick at which nothing is over says nothing', () => {
    session.start(specOf('talk', ['w1'], { maxLifeMs: 1_000 }));
    expect(session.wait(999)).toEqual([]);
    expect(session.wait(1)).toEqual([ended('talk', 'life-over')]);
  });

  it('BR4: a command finds what a tick just before it would have left', () => {
    session.start(specOf('talk', ['w1'], { maxLifeMs: 1_000 }));
    session.now += 1_000;
    const events = eventsOf(session.start(specOf('next', ['w1'])));
    expect(events).toMatchObject([ended('talk', 'life-over'), { type: 'broadcast-started', phase: 'on-air' }]);
  });

  it('BR4: a zone that comes free at the last moment is given to who has waited', () => {
    session.start(specOf('talk', ['w1'], { maxLifeMs: WAIT_LIMIT_MS + 1 }));
    session.now += 1;
    session.start(specOf('patient', ['w1'], { wait: true }));
    expect(session.wait(WAIT_LIMIT_MS)).toMatchObject([
      ended('talk', 'life-over'),
      { type: 'broadcast-admitted', broadcastId: 'patient' },
    ]);
  });
});

describe('waiting', () => {
  beforeEach(() => {
    session.start(specOf('talk', ['w1', 'w2']));
    session.now += 1;
  });

  it('BR12: ends as soon as one leaf is free, and life begins then', () => {
    session.start(specOf('patient', ['n1', 'w2'], { wait: true, maxLifeMs: 5_000, source: segmentOf(4_000) }));
    session.start(specOf('alarm', ['w2'], { level: 3 }));
    session.wait(1_000);
    expect(eventsOf(session.stop('talk'))).toMatchObject([
      { type: 'broadcast-ended' },
      { type: 'broadcast-admitted', broadcastId: 'patient', expiresAt: session.now + 5_000 },
    ]);
    expect(session.get('patient')).toMatchObject({
      startedAt: session.now,
      askedAt: session.now - 1_000,
      playhead: { positionMs: 0, runningSince: session.now },
      interrupted: [{ zone: 'w2', by: 'alarm' }],
    });
  });

  it('BR12: the stronger first, then who asked first, whatever the ids', () => {
    session.start(specOf('z-first', ['w1'], { wait: true }));
    session.now += 1;
    session.start(specOf('a-second', ['city'], { wait: true, zones: session.get('talk').spec.zones }));
    session.start(specOf('strong', ['w2'], { wait: true, source: segmentOf(60_000), authority: 1, level: 1 }));
    session.stop('talk');
    expect(['c1', 'c4'].map(session.heard)).toEqual(['z-first', 'a-second']);
    expect(session.get('strong').phase).toBe('waiting');
  });

  it('BR12: who waits does not take a zone from an equal that has come meanwhile', () => {
    session.start(specOf('alarm', ['w4'], { level: 3 }));
    session.start(specOf('patient', ['w1', 'w4'], { wait: true, authority: 1 }));
    session.stop('alarm');
    expect(session.get('patient').phase).toBe('on-air');
    session.start(specOf('more', ['w2'], { wait: true }));
    session.stop('talk');
    session.now += 1;
    expect(['c1', 'c4', 'w4'].map(session.heard)).toEqual(['patient', 'more', 'patient']);
  });

  it('BR12: a broadcast that is admitted may take zones from lower ones', () => {
    session.start(specOf('music', ['w3', 'w4'], { level: 0 }));
    session.start(specOf('alarm', ['w3', 'w4'], { level: 3 }));
    session.start(specOf('patient', ['w3'], { wait: true }));
    const events = eventsOf(session.stop('alarm'));
    expect(events.slice(1)).toMatchObject([
      { type: 'broadcast-admitted', broadcastId: 'patient' },
      { type: 'broadcast-resumed', broadcastId: 'music', zones: ['w4'] },
    ]);
  });

  it('BR12: an equal that came first keeps its claim, also where it is hidden itself', () => {
    session.start(specOf('notice', ['w3'], { mode: 'overlay', authority: 2 }));
    session.start(specOf('urgent', ['w3'], { mode: 'overlay', level: 2 }));
    session.now += 1;
    session.start(specOf('patient', ['w3'], { authority: 2, wait: true }));
    expect(session.get('patient').phase).toBe('waiting');
    session.stop('urgent');
    expect(session.get('patient').phase).toBe('waiting');
    session.stop('notice');
    expect(session.heard('c6')).toBe('patient');
  });

  it('BR12: a microphone that is away is passed over until it is back', () => {
    session.start(specOf('patient', ['w1'], { wait: true }));
    lose('mic-of-patient');
    session.stop('talk');
    expect(session.get('patient').phase).toBe('waiting');
    expect(eventsOf(find('patient', 'mic-of-patient')).map(({ type }) => type)).toEqual([
      'source-found',
      'broadcast-admitted',
    ]);
  });

  it('BR13: has an end', () => {
    session.start(specOf('patient', ['w1'], { wait: true, maxLifeMs: 1_000 }));
    expect(session.wait(WAIT_LIMIT_MS - 1)).toEqual([]);
    expect(session.wait(1)).toEqual([ended('patient', 'waited-too-long')]);
  });
});
