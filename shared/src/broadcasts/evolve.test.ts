import { beforeEach, describe, expect, it } from 'vitest';
import { CITY_ROWS, treeOf, zone } from '../../test/support/city.ts';
import { broadcastId, createSession, eventsOf, segmentOf, specOf, type Session } from '../../test/support/session.ts';
import { MAX_COUNTED_TAG } from './tags.ts';
import { decide } from './decide.ts';
import type { BroadcastEvent } from './events.ts';
import { INITIAL_STATE, evolve } from './evolve.ts';
import { positionAt } from './position.ts';

const tree = treeOf(CITY_ROWS);
let session: Session;
beforeEach(() => {
  session = createSession(tree);
});

describe('decide', () => {
  it('BR1: leaves the state as it was', () => {
    session.start(specOf('talk', ['w1']));
    const before = JSON.stringify([...session.state.broadcasts]);
    decide(session.state, tree, { type: 'start', spec: specOf('alarm', ['city'], { level: 3 }) }, session.now);
    expect(JSON.stringify([...session.state.broadcasts])).toBe(before);
  });
});

describe('evolve', () => {
  it('BR2: an event about a broadcast that is not there changes nothing but the version', () => {
    session.start(specOf('talk', ['w1']));
    const { state } = session;
    const event: BroadcastEvent = {
      type: 'broadcast-resumed',
      broadcastId: broadcastId('ghost'),
      zones: [],
      positionMs: 5,
    };
    expect(evolve(state, tree, { version: 9, at: session.now, event })).toEqual({ ...state, version: 9 });
  });

  it('BR2: the log folded again gives the same state', () => {
    session.start(specOf('tape', ['city'], { source: segmentOf(60_000) }));
    session.wait(1_000);
    session.start(specOf('alarm', ['w1', 'w2'], { level: 3 }));
    session.wait(1_000);
    session.stop('alarm');
    expect(session.log.reduce((state, logged) => evolve(state, tree, logged), INITIAL_STATE)).toEqual(session.state);
    expect(session.state.version).toBe(session.log.length);
  });

  it('BR22: the tag after the last one is the first again', () => {
    session.state = { ...INITIAL_STATE, nextTag: MAX_COUNTED_TAG };
    session.start(specOf('talk', ['w1']));
    expect([session.get('talk').tag, session.state.nextTag]).toEqual([MAX_COUNTED_TAG, 1]);
  });
});

describe('a change of the tree', () => {
  const withoutW2 = treeOf(CITY_ROWS.filter(({ id, parentId }) => id !== 'w2' && parentId !== 'w2'));

  it('BR26: a broadcast goes on with what is left of its zones', () => {
    session.start(specOf('talk', ['w1', 'w2']));
    session.tree = withoutW2;
    expect(session.wait(1_000)).toEqual([]);
    expect(session.heard('c1')).toBe('talk');
  });

  it('BR26: a broadcast of which no zone is left ends', () => {
    session.start(specOf('talk', ['c4', 'c5']));
    session.tree = withoutW2;
    expect(session.wait(1_000)).toEqual([
      { type: 'broadcast-ended', broadcastId: 'talk', reason: 'zones-gone', by: null, detail: null },
    ]);
  });

  it('BR26: who loses a zone by it is told', () => {
    session.start(specOf('tape', ['c4'], { source: segmentOf(60_000) }));
    session.start(specOf('alarm', ['w1'], { level: 3 }));
    session.tree = treeOf(CITY_ROWS.map((row) => (row.id === 'c4' ? zone('c4', 'n1') : row)));
    expect(session.wait(1_000)).toMatchObject([
      {
        type: 'broadcast-interrupted',
        broadcastId: 'tape',
        zones: ['c4'],
        by: 'alarm',
        everywhere: true,
        positionMs: 1_000,
      },
    ]);
    expect(session.get('tape').interrupted).toEqual([{ zone: 'c4', by: 'alarm' }]);
    expect(eventsOf(session.stop('alarm')).slice(1)).toMatchObject([{ type: 'broadcast-resumed', positionMs: 1_000 }]);
  });

  it('BR26: a stored programme stands still when only zones that it had lost are left', () => {
    session.start(specOf('tape', ['w1', 'w2'], { source: segmentOf(60_000) }));
    session.start(specOf('alarm', ['w1'], { level: 3 }));
    session.tree = withoutW2;
    expect(session.wait(1_000)).toMatchObject([{ broadcastId: 'tape', zones: ['w1'], by: 'alarm', everywhere: true }]);
    session.wait(5_000);
    const { playhead } = session.get('tape');
    expect(playhead && positionAt(playhead, session.now)).toBe(1_000);
  });

  it('BR26: a stored programme goes on when a zone is added in which it is heard', () => {
    session.start(specOf('tape', ['w2'], { source: segmentOf(60_000) }));
    session.start(specOf('a', ['c4'], { level: 3 }));
    session.start(specOf('b', ['c5'], { level: 3, authority: 2 }));
    session.wait(2_000);
    session.tree = treeOf([...CITY_ROWS, zone('c7', 'w2')]);
    expect(session.wait(1_000)).toMatchObject([
      { type: 'broadcast-resumed', broadcastId: 'tape', zones: ['c7'], positionMs: 0 },
    ]);
    session.wait(500);
    const { playhead } = session.get('tape');
    expect(playhead && positionAt(playhead, session.now)).toBe(500);
  });
});
