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
import { DEFAULT_EMERGENCY_LIFE_MS, MAX_EMERGENCY_LIFE_MS } from './limits.ts';

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
const find = (id: string, source: string) =>
  session.run({ type: 'source-found', broadcastId: broadcastId(id), sourceId: sourceId(source) });

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
