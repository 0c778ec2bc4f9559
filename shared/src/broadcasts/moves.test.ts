import { beforeEach, describe, expect, it } from 'vitest';
import { CITY_ROWS, treeOf } from '../../test/support/city.ts';
import {
  SOMEBODY,
  broadcastId,
  createSession,
  eventsOf,
  refusalOf,
  segmentOf,
  specOf,
  type Session,
} from '../../test/support/session.ts';
import { positionAt } from './position.ts';

let session: Session;
beforeEach(() => {
  session = createSession(treeOf(CITY_ROWS));
});

const positionOf = (id: string) => {
  const { playhead } = session.get(id);
  if (!playhead) throw new Error(`${id} has no position`);
  return positionAt(playhead, session.now);
};
const pause = (id: string) => session.run({ type: 'pause', broadcastId: broadcastId(id), by: SOMEBODY });
const unpause = (id: string) => session.run({ type: 'unpause', broadcastId: broadcastId(id), by: SOMEBODY });

describe('interruption', () => {
  it('BR3: an emergency on a ward leaves the rest of the city to the normal broadcast', () => {
    session.start(specOf('talk', ['city']));
    session.start(specOf('alarm', ['w1'], { level: 3 }));
    expect(['c1', 'c2', 'c3', 'c4', 'w4'].map(session.heard)).toEqual(['alarm', 'alarm', 'alarm', 'talk', 'talk']);
  });

  it('BR7: the loser is told which zones, to whom and whether anything is left', () => {
    session.start(specOf('talk', ['w1', 'w2']));
    const first = eventsOf(session.start(specOf('alarm', ['w1'], { level: 3 })));
    expect(first.slice(1)).toEqual([
      {
        type: 'broadcast-interrupted',
        broadcastId: 'talk',
        zones: ['w1'],
        by: 'alarm',
        everywhere: false,
        positionMs: null,
      },
    ]);
    const second = eventsOf(session.start(specOf('more', ['c4', 'w2'], { level: 3 })));
    expect(second.slice(1)).toEqual([
      {
        type: 'broadcast-interrupted',
        broadcastId: 'talk',
        zones: ['w2'],
        by: 'more',
        everywhere: true,
        positionMs: null,
      },
    ]);
    expect(session.get('talk').interrupted).toEqual([
      { zone: 'w1', by: 'alarm' },
      { zone: 'w2', by: 'more' },
    ]);
  });

  it('BR7: nobody is told anything when nothing changes for him', () => {
    session.start(specOf('talk', ['w1']));
    session.start(specOf('alarm', ['w1'], { level: 3 }));
    const events = eventsOf(session.start(specOf('higher', ['w1'], { level: 3, authority: 4 })));
    expect(events.slice(1)).toMatchObject([{ type: 'broadcast-interrupted', broadcastId: 'alarm', by: 'higher' }]);
    expect(session.get('talk').interrupted).toEqual([{ zone: 'w1', by: 'higher' }]);
    expect(eventsOf(session.stop('higher')).slice(1)).toMatchObject([
      { type: 'broadcast-resumed', broadcastId: 'alarm', zones: ['w1'] },
    ]);
  });

  it('BR7: an overlay interrupts nobody whom it only ducks', () => {
    session.start(specOf('talk', ['w1']));
    expect(eventsOf(session.start(specOf('notice', ['w1'], { level: 2, mode: 'overlay' })))).toHaveLength(1);
    expect(session.get('talk').interrupted).toEqual([]);
    expect(session.heard('c1')).toBe('notice/talk');
  });

  it('BR7: another overlay interrupts the first, and names itself although something is ducked between', () => {
    session.start(specOf('talk', ['w1']));
    session.start(specOf('notice', ['w1'], { mode: 'overlay', authority: 2 }));
    const events = eventsOf(session.start(specOf('urgent', ['w1'], { level: 2, mode: 'overlay' })));
    expect(events.slice(1)).toMatchObject([{ broadcastId: 'notice', by: 'urgent', everywhere: true }]);
  });

  it('BR7: what replaces interrupts what replaced, also below an overlay', () => {
    session.start(specOf('music', ['w1'], { level: 0 }));
    session.start(specOf('notice', ['w1'], { level: 2, mode: 'overlay' }));
    const events = eventsOf(session.start(specOf('talk', ['w1'])));
    expect(events.slice(1)).toMatchObject([{ broadcastId: 'music', by: 'talk', everywhere: true }]);
    expect(session.heard('c1')).toBe('notice/talk');
  });

  it('BR8: zones come back by themselves, in parts, as those who took them leave', () => {
    session.start(specOf('talk', ['w1', 'w2']));
    session.start(specOf('a', ['w1'], { level: 3 }));
    session.start(specOf('b', ['w2'], { level: 3 }));
    expect(eventsOf(session.stop('b')).slice(1)).toEqual([
      { type: 'broadcast-resumed', broadcastId: 'talk', zones: ['w2'], positionMs: null },
    ]);
    expect(eventsOf(session.stop('a')).slice(1)).toEqual([
      { type: 'broadcast-resumed', broadcastId: 'talk', zones: ['w1'], positionMs: null },
    ]);
    expect(session.get('talk').interrupted).toEqual([]);
  });

  it('BR25: an interrupted live broadcast keeps its source and its slot', () => {
    session.start(specOf('talk', ['w1']));
    session.start(specOf('alarm', ['w1'], { level: 3 }));
    const { spec, sourceKeepUntil, phase, expiresAt } = session.get('talk');
    expect({ source: spec.source.kind, sourceKeepUntil, phase, expiresAt }).toEqual({
      source: 'live',
      sourceKeepUntil: null,
      phase: 'on-air',
      expiresAt: null,
    });
    session.wait(60_000);
    session.stop('alarm');
    expect(session.heard('c1')).toBe('talk');
  });
});

describe('a stored programme', () => {
  beforeEach(() => {
    session.start(specOf('tape', ['w1', 'w2'], { source: segmentOf(600_000) }));
    session.wait(10_000);
  });

  it('BR14: stands still while it is heard nowhere and goes on from there', () => {
    const interrupted = eventsOf(session.start(specOf('alarm', ['city'], { level: 3 })));
    expect(interrupted.at(-1)).toMatchObject({ everywhere: true, positionMs: 10_000 });
    session.wait(60_000);
    expect(positionOf('tape')).toBe(10_000);
    expect(eventsOf(session.stop('alarm')).at(-1)).toMatchObject({ type: 'broadcast-resumed', positionMs: 10_000 });
    session.wait(5_000);
    expect(positionOf('tape')).toBe(15_000);
  });

  it('BR14: goes on in the zones that it keeps, and the others join where it is then', () => {
    const interrupted = eventsOf(session.start(specOf('alarm', ['w1'], { level: 3 })));
    expect(interrupted.at(-1)).toMatchObject({ everywhere: false, positionMs: null });
    session.wait(20_000);
    expect(eventsOf(session.stop('alarm')).at(-1)).toMatchObject({ zones: ['w1'], positionMs: 30_000 });
    session.wait(1_000);
    expect(positionOf('tape')).toBe(31_000);
  });

  it('BR14: a clock that steps back does not move it back', () => {
    session.now -= 30_000;
    expect(positionOf('tape')).toBe(0);
  });

  it('BR14: goes on while it is ducked', () => {
    session.start(specOf('notice', ['city'], { level: 2, mode: 'overlay' }));
    session.wait(3_000);
    expect(positionOf('tape')).toBe(13_000);
  });

  it('BR24: can be paused, keeps its zones and goes on from its position', () => {
    expect(eventsOf(pause('tape'))).toMatchObject([{ type: 'broadcast-paused', positionMs: 10_000, by: SOMEBODY }]);
    expect(eventsOf(pause('tape'))).toEqual([]);
    session.wait(30_000);
    expect([positionOf('tape'), session.heard('c1')]).toEqual([10_000, 'tape']);
    expect(eventsOf(unpause('tape'))).toMatchObject([{ type: 'broadcast-unpaused' }]);
    expect(eventsOf(unpause('tape'))).toEqual([]);
    session.wait(2_000);
    expect(positionOf('tape')).toBe(12_000);
  });

  it('BR24: paused and interrupted, it runs again when it is neither', () => {
    pause('tape');
    session.start(specOf('alarm', ['city'], { level: 3 }));
    session.wait(1_000);
    unpause('tape');
    session.wait(1_000);
    expect(positionOf('tape')).toBe(10_000);
    pause('tape');
    session.stop('alarm');
    session.wait(1_000);
    expect(positionOf('tape')).toBe(10_000);
    unpause('tape');
    session.wait(1_000);
    expect(positionOf('tape')).toBe(11_000);
  });

  it('BR24: live speech cannot be paused, nor what waits', () => {
    session.start(specOf('talk', ['w3']));
    expect(refusalOf(pause('talk'))).toEqual({ code: 'not-pausable' });
    session.start(specOf('second', ['w1'], { source: segmentOf(1_000), wait: true }));
    expect(refusalOf(pause('second'))).toEqual({ code: 'not-on-air' });
    expect(refusalOf(unpause('second'))).toEqual({ code: 'not-on-air' });
  });
});
