import { beforeEach, describe, expect, it } from 'vitest';
import { CITY_ROWS, treeOf } from '../../test/support/city.ts';
import {
  createSession,
  eventsOf,
  refusalOf,
  segmentOf,
  SOMEBODY,
  sourceId,
  specOf,
  type Session,
} from '../../test/support/session.ts';
import { MAX_TAG } from '../protocol/csrc.ts';
import { freeTag, MAX_COUNTED_TAG } from './tags.ts';
import { MAX_LIVE_BROADCASTS, MAX_LIVE_EMERGENCIES, REMEMBERED_KEYS, WAIT_LIMIT_MS } from './limits.ts';

let session: Session;
beforeEach(() => {
  session = createSession(treeOf(CITY_ROWS));
});

describe('a start', () => {
  it('BR5: goes on the air where it can and takes the rest when that comes free', () => {
    session.start(specOf('first', ['n1']));
    session.now += 1;
    const events = eventsOf(session.start(specOf('second', ['w1'])));
    expect(events.map(({ type }) => type)).toEqual(['broadcast-started']);
    expect(session.get('second')).toMatchObject({ phase: 'on-air', interrupted: [{ zone: 'n1', by: 'first' }] });
    expect([session.heard('c1'), session.heard('c3')]).toEqual(['first', 'second']);
    expect(eventsOf(session.stop('first')).at(-1)).toMatchObject({ type: 'broadcast-resumed', zones: ['n1'] });
    expect(session.heard('c1')).toBe('second');
  });

  it('BR5: keeps a copy of its zones, which the caller may go on editing', () => {
    const spec = specOf('a', ['w1']);
    session.start(spec);
    spec.zones.splice(0);
    expect(session.get('a').spec.zones).toEqual(['w1']);
  });

  it('BR6: is refused where all is taken, with who is heard where', () => {
    session.start(specOf('first', ['n1']));
    session.start(specOf('other', ['n2'], { level: 2 }));
    session.now += 1;
    expect(refusalOf(session.start(specOf('second', ['w1'])))).toEqual({
      code: 'zones-taken',
      holders: [
        { zone: 'n2', broadcastId: 'other' },
        { zone: 'n1', broadcastId: 'first' },
      ],
    });
    expect(session.state.broadcasts.size).toBe(2);
  });

  it('BR6: is told who is heard, not who is hidden', () => {
    session.start(specOf('first', ['n1']));
    session.start(specOf('alarm', ['city'], { level: 3 }));
    const { holders } = refusalOf(session.start(specOf('second', ['w1'])));
    expect(holders).toEqual([{ zone: 'w1', broadcastId: 'alarm' }]);
  });

  it('BR9: is refused for a zone that is not there', () => {
    const decision = session.start(specOf('a', ['w1', 'nowhere']));
    expect(refusalOf(decision)).toEqual({ code: 'unknown-zone', detail: 'nowhere' });
  });

  it('BR9: is refused when its id was used by another start, live or ended', () => {
    session.start(specOf('a', ['w1']));
    const again = specOf('a', ['w2'], { key: 'quite-another-key' });
    expect(refusalOf(session.start(again))).toEqual({ code: 'duplicate-id', detail: 'a' });
    session.stop('a');
    expect(refusalOf(session.start(again)).code).toBe('duplicate-id');
  });

  it('BR9: is refused when another broadcast uses its source', () => {
    session.start(specOf('a', ['w1'], { source: { kind: 'live', sourceId: sourceId('mic') } }));
    const second = specOf('b', ['w2'], { source: { kind: 'live', sourceId: sourceId('mic') } });
    expect(refusalOf(session.start(second))).toEqual({ code: 'source-in-use', detail: 'a' });
    session.stop('a');
    expect(session.start(second).ok).toBe(true);
  });

  it('BR9: a segment may be played by several broadcasts at once', () => {
    session.start(specOf('a', ['w1'], { source: segmentOf(60_000) }));
    expect(session.start(specOf('b', ['w2'], { source: segmentOf(60_000) })).ok).toBe(true);
  });
});

describe('an emergency', () => {
  it('BR10: takes its zones from everything below it', () => {
    session.start(specOf('talk', ['city'], { level: 2, authority: 7 }));
    eventsOf(session.start(specOf('alarm', ['city'], { level: 3, authority: 0, source: segmentOf(60_000) })));
    expect(session.heard('c1')).toBe('alarm');
    session.now += 1;
    expect(refusalOf(session.start(specOf('late', ['city'], { level: 2, authority: 7 }))).code).toBe('zones-taken');
    expect(session.heard('c1')).toBe('alarm');
  });

  it('BR10: follows the rule of equal ranks among emergencies', () => {
    session.start(specOf('first', ['n1'], { level: 3 }));
    session.now += 1;
    const second = specOf('second', ['n1'], { level: 3 });
    expect(refusalOf(session.start(second)).holders).toEqual([{ zone: 'n1', broadcastId: 'first' }]);
    session.start(specOf('third', ['w1'], { level: 3 }));
    expect([session.heard('c1'), session.heard('c3')]).toEqual(['first', 'third']);
  });
});

describe('an emergency that names the microphone of another broadcast', () => {
  const mic = { kind: 'live' as const, sourceId: sourceId('mic') };
  const alarm = (changes = {}) => specOf('alarm', ['w2'], { level: 3, source: mic, ...changes });
  const taken = { type: 'broadcast-ended', broadcastId: 'talk', reason: 'source-taken', by: SOMEBODY, detail: 'alarm' };

  it('BR29: ends a lower one and starts; who was below that one is heard again', () => {
    session.start(specOf('music', ['w1'], { level: 0, source: segmentOf(60_000) }));
    session.start(specOf('talk', ['w1'], { level: 2, source: mic }));
    const events = eventsOf(session.start(alarm()));
    expect(events).toMatchObject([
      taken,
      { type: 'broadcast-started', broadcastId: 'alarm', phase: 'on-air' },
      { type: 'broadcast-resumed', broadcastId: 'music', zones: ['w1'] },
    ]);
    expect([session.heard('c1'), session.heard('c4')]).toEqual(['music', 'alarm']);
  });

  it('BR29: also one that is waiting, or whose microphone is away', () => {
    session.start(specOf('first', ['w1']));
    session.now += 1;
    session.start(specOf('talk', ['w1'], { source: mic, wait: true }));
    session.run({ type: 'source-lost', sourceId: mic.sourceId });
    expect(eventsOf(session.start(alarm()))).toMatchObject([taken, { type: 'broadcast-started' }]);
  });

  it('BR29: who asks for less than level 3 takes nothing, and nothing is taken from an emergency', () => {
    session.start(specOf('talk', ['w1'], { source: mic }));
    expect(refusalOf(session.start(alarm({ level: 2 })))).toEqual({ code: 'source-in-use', detail: 'talk' });
    session.start(alarm());
    expect(refusalOf(session.start(specOf('second', ['w3'], { level: 3, source: mic, authority: 7 })))).toEqual({
      code: 'source-in-use',
      detail: 'alarm',
    });
  });

  it('BR29: refused for another reason it takes nothing', () => {
    session.start(specOf('talk', ['w1'], { source: mic }));
    session.start(specOf('first', ['w2'], { level: 3 }));
    session.now += 1;
    expect(refusalOf(session.start(alarm())).code).toBe('zones-taken');
    expect(session.heard('c1')).toBe('talk');
  });
});

describe('waiting', () => {
  it('BR11: begins when all is taken and the start may wait', () => {
    session.start(specOf('first', ['w1']));
    session.now += 1;
    const [event] = eventsOf(session.start(specOf('second', ['w1'], { wait: true, source: segmentOf(5_000) })));
    expect(event).toMatchObject({ phase: 'waiting', expiresAt: session.now + WAIT_LIMIT_MS });
    expect(session.get('second')).toMatchObject({
      phase: 'waiting',
      playhead: { positionMs: 0, runningSince: null },
      interrupted: [{ zone: 'w1', by: 'first' }],
    });
    expect(session.heard('c1')).toBe('first');
  });

  it('BR11: does not begin when a part is free', () => {
    session.start(specOf('first', ['n1']));
    session.now += 1;
    session.start(specOf('second', ['w1'], { wait: true }));
    expect(session.get('second').phase).toBe('on-air');
  });

  it('BR11: is not for background', () => {
    session.start(specOf('talk', ['w1']));
    expect(refusalOf(session.start(specOf('music', ['w1'], { level: 0, wait: true }))).code).toBe('zones-taken');
  });
});

describe('limits', () => {
  it('BR20: lower broadcasts and emergencies are counted apart', () => {
    session.start(specOf('alarm', ['w4'], { level: 3 }));
    for (let i = 0; i < MAX_LIVE_BROADCASTS; i += 1) {
      session.now += 1;
      const { ok } = session.start(specOf(`n${i}`, ['c1'], { wait: true }));
      expect(ok).toBe(true);
    }
    session.now += 1;
    const next = specOf('next', ['c2'], { level: 2 });
    expect(refusalOf(session.start(next))).toEqual({ code: 'too-many-broadcasts' });
    for (let i = 1; i < MAX_LIVE_EMERGENCIES; i += 1) {
      session.now += 1;
      expect(session.start(specOf(`e${i}`, ['city'], { level: 3, wait: true })).ok).toBe(true);
    }
    expect(refusalOf(session.start(specOf('one-more', ['city'], { level: 3, authority: 7 })))).toEqual({
      code: 'too-many-broadcasts',
    });
    session.stop('n5');
    expect(session.start(next).ok).toBe(false);
    expect(session.start({ ...next, wait: true }).ok).toBe(true);
  });

  it('BR20: an emergency finds its place however many others there are', () => {
    for (let i = 0; i < MAX_LIVE_BROADCASTS; i += 1) session.start(specOf(`n${i}`, ['c1'], { wait: true }));
    expect(session.state.broadcasts.size).toBe(MAX_LIVE_BROADCASTS);
    expect(session.start(specOf('alarm', ['city'], { level: 3 })).ok).toBe(true);
    expect(session.heard('c1')).toBe('alarm');
  });

  it('BR21: the same key again changes nothing, live or ended', () => {
    const spec = specOf('a', ['w1']);
    session.start(spec);
    const { state } = session;
    expect(session.start(spec)).toEqual({ ok: true, value: [] });
    expect(session.start({ ...spec, id: specOf('b', ['w1']).id })).toEqual({ ok: true, value: [] });
    expect(session.state).toBe(state);
    session.stop('a');
    expect(session.start(spec)).toEqual({ ok: true, value: [] });
    expect(session.state.usedKeys.get(spec.key)).toBe('a');
  });

  it('BR21: the keys of the last that ended are remembered, the oldest is forgotten first, live ones never', () => {
    session.start(specOf('stays', ['w2']));
    for (let i = 0; i <= REMEMBERED_KEYS; i += 1) {
      session.start(specOf(`n${i}`, ['w1']));
      session.stop(`n${i}`);
    }
    const known = (id: string) => session.state.usedKeys.has(specOf(id, []).key);
    expect(session.state.usedKeys.size).toBe(REMEMBERED_KEYS + 1);
    expect(['stays', 'n0', 'n1', `n${REMEMBERED_KEYS}`].map(known)).toEqual([true, false, true, true]);
  });

  it('BR21: the oldest key is that of the broadcast that ended first, not of the one that started first', () => {
    session.start(specOf('long', ['w2']));
    for (let i = 0; i < REMEMBERED_KEYS; i += 1) {
      session.start(specOf(`n${i}`, ['w1']));
      session.stop(`n${i}`);
    }
    session.stop('long');
    const known = (id: string) => session.state.usedKeys.has(specOf(id, []).key);
    expect(['long', 'n0', 'n1'].map(known)).toEqual([true, false, true]);
  });

  it('BR22: tags count up, begin again after the last and pass over those in use', () => {
    session.start(specOf('a', ['w1']));
    session.start(specOf('b', ['w2']));
    session.stop('b');
    session.start(specOf('c', ['w2']));
    expect([session.get('a').tag, session.get('c').tag]).toEqual([1, 3]);
    session.state = { ...session.state, nextTag: MAX_COUNTED_TAG };
    session.start(specOf('d', ['w3']));
    session.start(specOf('e', ['w4']));
    expect([session.get('d').tag, session.get('e').tag]).toEqual([MAX_COUNTED_TAG, 2]);
  });

  it('BR22, LA5: the tag of an emergency follows from its id, is not a counted one, and does not count', () => {
    const other = createSession(treeOf(CITY_ROWS));
    other.start(specOf('before', ['w1']));
    for (const each of [session, other]) each.start(specOf('alarm', ['w1'], { level: 3 }));
    const { tag } = session.get('alarm');
    expect(tag).toBe(other.get('alarm').tag);
    expect(tag).toBeGreaterThan(MAX_COUNTED_TAG);
    expect(tag).toBeLessThanOrEqual(MAX_TAG);
    expect([session.state.nextTag, other.state.nextTag]).toEqual([1, 2]);
    const ids = Array.from({ length: 2_000 }, (_, n) => specOf(`alarm-${n}`, ['w1'], { level: 3 }));
    expect(new Set(ids.map((spec) => freeTag(session.state, spec))).size).toBeGreaterThan(1_990);
  });

  it('BR22: a tag that follows from an id is passed over while it is in use', () => {
    const spec = specOf('alarm', ['w1'], { level: 3 });
    session.start(spec);
    const { tag } = session.get('alarm');
    expect(freeTag(session.state, spec)).toBe(tag === MAX_TAG ? MAX_COUNTED_TAG + 1 : tag + 1);
  });
});
