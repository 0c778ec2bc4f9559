import { beforeEach, describe, expect, it } from 'vitest';
import { CITY_ROWS, treeOf } from '../../test/support/city.ts';
import {
  MINUTE_MS,
  SOMEBODY,
  broadcastId,
  createSession,
  eventsOf,
  refusalOf,
  segmentOf,
  sourceId,
  specOf,
  type Session,
} from '../../test/support/session.ts';
import {
  DEFAULT_EMERGENCY_LIFE_MS,
  MAX_EMERGENCY_LIFE_MS,
  SEGMENT_OVERRUN_MS,
  SOURCE_KEEP_MS,
  WAIT_LIMIT_MS,
} from './limits.ts';

const HOUR_MS = 60 * MINUTE_MS;

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
const extend = (id: string, lifeMs: number) =>
  session.run({ type: 'extend', broadcastId: broadcastId(id), lifeMs, by: SOMEBODY });
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

describe('a segment', () => {
  it('BR15: ends when its last frame is reported sent', () => {
    session.start(specOf('tape', ['w1'], { source: segmentOf(60_000) }));
    session.wait(60_000);
    expect(eventsOf(session.run({ type: 'segment-ended', broadcastId: broadcastId('tape') }))).toEqual([
      ended('tape', 'finished'),
    ]);
  });

  it('BR15: ends by itself when nobody reports, but not while it stands still', () => {
    session.start(specOf('tape', ['w1'], { source: segmentOf(60_000) }));
    expect(session.wait(60_000 + SEGMENT_OVERRUN_MS - 1)).toEqual([]);
    session.start(specOf('alarm', ['w1'], { level: 3 }));
    expect(session.wait(MINUTE_MS)).toEqual([]);
    session.stop('alarm');
    expect(session.wait(1)).toEqual([ended('tape', 'finished')]);
  });

  it('BR15: ends with the reason when it cannot be played', () => {
    session.start(specOf('tape', ['w1'], { source: segmentOf(60_000) }));
    const failed = session.run({ type: 'source-failed', broadcastId: broadcastId('tape'), detail: 'no such file' });
    expect(eventsOf(failed)).toEqual([{ ...ended('tape', 'source-failed'), detail: 'no such file' }]);
  });

  it('BR15: live speech has no last frame', () => {
    session.start(specOf('talk', ['w1']));
    const decision = session.run({ type: 'segment-ended', broadcastId: broadcastId('talk') });
    expect(refusalOf(decision)).toEqual({ code: 'not-stored-source' });
  });
});

describe('a live source', () => {
  beforeEach(() => {
    session.start(specOf('music', ['w1'], { level: 0, source: segmentOf(HOUR_MS) }));
    session.start(specOf('talk', ['w1']));
  });

  it('BR16: keeps its slot for a while, then the lower one comes back', () => {
    expect(eventsOf(lose('mic-of-talk'))).toEqual([
      { type: 'source-lost', broadcastId: 'talk', keepUntil: session.now + SOURCE_KEEP_MS },
    ]);
    expect(session.wait(SOURCE_KEEP_MS - 1)).toEqual([]);
    expect(session.heard('c1')).toBe('talk');
    expect(session.wait(1)).toMatchObject([
      ended('talk', 'source-lost'),
      { type: 'broadcast-resumed', broadcastId: 'music' },
    ]);
  });

  it('BR16: a second loss, or that of a source that nobody uses, changes nothing', () => {
    lose('mic-of-talk');
    session.wait(5_000);
    expect(eventsOf(lose('mic-of-talk'))).toEqual([]);
    expect(eventsOf(lose('mic-of-nobody'))).toEqual([]);
    expect(session.wait(10_000)).toMatchObject([{ reason: 'source-lost' }, {}]);
  });

  it('BR17: comes back as the same or as another session', () => {
    lose('mic-of-talk');
    expect(eventsOf(find('talk', 'mic-of-talk'))).toMatchObject([{ type: 'source-found', sourceId: 'mic-of-talk' }]);
    lose('mic-of-talk');
    expect(eventsOf(find('talk', 'mic-2'))).toMatchObject([{ type: 'source-found', sourceId: 'mic-2' }]);
    expect(session.get('talk')).toMatchObject({ sourceKeepUntil: null, spec: { source: { sourceId: 'mic-2' } } });
    expect(eventsOf(lose('mic-of-talk'))).toEqual([]);
    expect(session.wait(MINUTE_MS)).toEqual([]);
  });

  it('BR17: may change before the loss is noticed, and to find it twice changes nothing', () => {
    expect(eventsOf(find('talk', 'mic-2'))).toHaveLength(1);
    expect(eventsOf(find('talk', 'mic-2'))).toEqual([]);
  });

  it('BR17: is not given to two, nor to a stored programme, nor to what is over', () => {
    session.start(specOf('other', ['w2']));
    expect(refusalOf(find('talk', 'mic-of-other'))).toEqual({ code: 'source-in-use', detail: 'other' });
    expect(refusalOf(find('music', 'mic-2'))).toEqual({ code: 'not-live-source' });
    lose('mic-of-talk');
    session.now += SOURCE_KEEP_MS;
    expect(refusalOf(find('talk', 'mic-2'))).toEqual({ code: 'already-ended', detail: 'source-lost' });
    session.wait(0);
    expect(refusalOf(find('talk', 'mic-2'))).toEqual({ code: 'already-ended' });
  });
});

describe('life', () => {
  const alarm = (maxLifeMs?: number) =>
    specOf('alarm', ['w1'], maxLifeMs === undefined ? { level: 3 } : { level: 3, maxLifeMs });
  const limitOf = (id: string) => session.get(id).expiresAt;

  it('BR18: an emergency that states no life has the default', () => {
    session.start(specOf('talk', ['w1']));
    session.start(alarm());
    expect(session.wait(DEFAULT_EMERGENCY_LIFE_MS - 1)).toEqual([]);
    expect(session.wait(1)).toMatchObject([
      ended('alarm', 'life-over'),
      { type: 'broadcast-resumed', broadcastId: 'talk' },
    ]);
  });

  it('BR18: an emergency never gets more than the greatest life', () => {
    session.start(alarm(24 * HOUR_MS));
    expect(limitOf('alarm')).toBe(session.now + MAX_EMERGENCY_LIFE_MS);
  });

  it('BR18: others live as long as they say, or without limit', () => {
    session.start(specOf('short', ['w1'], { maxLifeMs: 5_000 }));
    session.start(specOf('long', ['w2']));
    expect([limitOf('short'), limitOf('long')]).toEqual([session.now + 5_000, null]);
    expect(session.wait(24 * HOUR_MS)).toEqual([ended('short', 'life-over')]);
  });

  it('BR18: ends what is interrupted too', () => {
    session.start(specOf('talk', ['w1'], { maxLifeMs: 5_000 }));
    session.start(alarm());
    expect(session.wait(5_000)).toEqual([ended('talk', 'life-over')]);
  });

  it('BR18: an extension counts from now, never shortens and keeps the bound', () => {
    session.start(alarm(10 * MINUTE_MS));
    session.wait(5 * MINUTE_MS);
    expect(eventsOf(extend('alarm', MINUTE_MS))).toEqual([]);
    expect(eventsOf(extend('alarm', 10 * MINUTE_MS))).toEqual([
      { type: 'broadcast-extended', broadcastId: 'alarm', by: SOMEBODY, expiresAt: session.now + 10 * MINUTE_MS },
    ]);
    extend('alarm', 24 * HOUR_MS);
    expect(limitOf('alarm')).toBe(session.now + MAX_EMERGENCY_LIFE_MS);
    session.start(specOf('talk', ['w2'], { maxLifeMs: MINUTE_MS }));
    extend('talk', 24 * HOUR_MS);
    expect(limitOf('talk')).toBe(session.now + 24 * HOUR_MS);
  });

  it('BR18: an extension gives no limit to what has none, and no patience to what waits', () => {
    session.start(specOf('talk', ['w1']));
    expect(eventsOf(extend('talk', MINUTE_MS))).toEqual([]);
    session.now += 1;
    session.start(specOf('patient', ['w1'], { wait: true }));
    expect(refusalOf(extend('patient', HOUR_MS))).toEqual({ code: 'not-on-air' });
  });
});

describe('ending', () => {
  it('BR19: a stop says who stopped it', () => {
    session.start(specOf('talk', ['w1']));
    expect(eventsOf(session.stop('talk'))).toEqual([{ ...ended('talk', 'stopped'), by: SOMEBODY }]);
  });

  it('BR19: ending again changes nothing', () => {
    session.start(specOf('tape', ['w1'], { source: segmentOf(1_000) }));
    session.stop('tape');
    const again = [
      session.stop('tape'),
      session.run({ type: 'segment-ended', broadcastId: broadcastId('tape') }),
      session.run({ type: 'source-failed', broadcastId: broadcastId('tape'), detail: 'late' }),
    ];
    expect(again.map(eventsOf)).toEqual([[], [], []]);
  });

  it('BR19: a stop at the very end of a life is no mistake', () => {
    session.start(specOf('talk', ['w1'], { maxLifeMs: 1_000 }));
    session.now += 1_000;
    expect(eventsOf(session.stop('talk'))).toEqual([ended('talk', 'life-over')]);
  });

  it('BR19: other commands about what is over are refused with the reason', () => {
    session.start(specOf('talk', ['w1'], { maxLifeMs: 1_000 }));
    session.now += 1_000;
    expect(refusalOf(extend('talk', 5_000))).toEqual({ code: 'life-over' });
    session.wait(0);
    expect(refusalOf(extend('talk', 5_000))).toEqual({ code: 'already-ended' });
  });

  it('BR19: what was never there is unknown', () => {
    const unknown = { code: 'unknown-broadcast', detail: 'ghost' };
    expect([session.stop('ghost'), extend('ghost', 5_000), find('ghost', 'mic')].map(refusalOf)).toEqual([
      unknown,
      unknown,
      unknown,
    ]);
  });
});
