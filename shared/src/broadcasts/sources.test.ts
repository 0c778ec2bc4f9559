import { beforeEach, describe, expect, it } from 'vitest';
import { CITY_ROWS, treeOf } from '../../test/support/city.ts';
import {
  MINUTE_MS,
  broadcastId,
  createSession,
  eventsOf,
  refusalOf,
  segmentOf,
  SOMEBODY,
  sourceId,
  specOf,
  type Session,
} from '../../test/support/session.ts';
import type { Actor } from './commands.ts';
import { SEGMENT_OVERRUN_MS, SOURCE_KEEP_MS } from './limits.ts';

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
const lose = (id: string) => session.run({ type: 'source-lost', sourceId: sourceId(id) });
const find = (id: string, source: string, by?: Actor) =>
  session.run({ type: 'source-found', broadcastId: broadcastId(id), sourceId: sourceId(source), ...(by && { by }) });

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

  it('LS20: is reported back only while the broadcast uses that very one, and only when it was lost', () => {
    const back = (id: string) => eventsOf(session.run({ type: 'source-back', sourceId: sourceId(id) }));
    expect(back('mic-of-talk')).toEqual([]);
    lose('mic-of-talk');
    expect(back('mic-of-nobody')).toEqual([]);
    expect(back('mic-of-talk')).toEqual([
      { type: 'source-found', broadcastId: broadcastId('talk'), sourceId: sourceId('mic-of-talk') },
    ]);
    lose('mic-of-talk');
    find('talk', 'mic-2');
    // A node that slept since it was lost, and wakes up while its old connection still sends.
    expect(back('mic-of-talk')).toEqual([]);
    expect(session.get('talk')?.spec.source).toMatchObject({ sourceId: 'mic-2' });
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

  it('BR29: is given to an emergency that lost its own, though a lower one uses it; that one ends', () => {
    session.start(specOf('alarm', ['w2'], { level: 3 }));
    lose('mic-of-alarm');
    expect(refusalOf(find('talk', 'mic-of-alarm'))).toEqual({ code: 'source-in-use', detail: 'alarm' });
    const by = { id: 'session-2', name: 'Somebody else' };
    const taken = { ...ended('talk', 'source-taken'), by, detail: 'alarm' };
    expect(eventsOf(find('alarm', 'mic-of-talk', by))).toMatchObject([
      taken,
      { type: 'source-found', broadcastId: 'alarm', sourceId: 'mic-of-talk' },
      { type: 'broadcast-resumed', broadcastId: 'music' },
    ]);
    expect(refusalOf(find('talk', 'mic-2'))).toEqual({ code: 'already-ended' });
  });

  it('BR29: without a name, whoever gave the emergency took it', () => {
    session.start(specOf('alarm', ['w2'], { level: 3 }));
    expect(eventsOf(find('alarm', 'mic-of-talk'))[0]).toMatchObject({ reason: 'source-taken', by: SOMEBODY });
    expect(refusalOf(find('talk', 'mic-of-alarm')).code).toBe('already-ended');
  });
});
