import { beforeEach, describe, expect, it } from 'vitest';
import { CITY_ROWS, treeOf, zone, zoneIds } from '../../test/support/city.ts';
import { createSession, eventsOf, segmentOf, specOf, type Session } from '../../test/support/session.ts';
import type { Succession } from '../zones/succession.ts';
import type { BroadcastEvent } from './events.ts';
import { onTree } from './evolve.ts';
import { positionAt } from './position.ts';
import { zonesChanged } from './rezone.ts';

const before = treeOf(CITY_ROWS);
/** Wards 1 and 2 become ward 12; their neighbourhoods move as they are, the clusters of ward 2 go on under other ids. */
const MERGED = ['w1', 'w2', 'c4', 'c5'];
const after = treeOf([
  ...CITY_ROWS.filter(({ id }) => !MERGED.includes(id)).map((row) =>
    row.parentId === 'w1' ? { ...row, parentId: zoneIds('w12')[0] ?? null } : row,
  ),
  zone('w12', 'city'),
  zone('d4', 'w12'),
  zone('d5', 'w12'),
]);
const SUCCESSIONS = [
  ['w1', 'w12'],
  ['w2', 'w12'],
  ['c4', 'd4'],
  ['c5', 'd5'],
].map(([from, to]) => ({ from, to }) as Succession);

let session: Session;
beforeEach(() => {
  session = createSession(before);
});

function reform(tree = after, successions = SUCCESSIONS): BroadcastEvent[] {
  const command = zonesChanged(session.state, session.tree, tree, successions);
  session.tree = tree;
  const events = eventsOf(session.run(command));
  session.state = onTree(session.state, tree);
  return events;
}

describe('BR28: zones that are gone', () => {
  it('a broadcast to a ward goes on in its old area and not beyond', () => {
    session.start(specOf('talk', ['w1']));
    expect(reform()).toEqual([{ type: 'broadcast-rezoned', broadcastId: 'talk', zones: ['n1', 'n2'] }]);
    expect(session.get('talk').spec.zones).toEqual(['n1', 'n2']);
    expect(['c1', 'c3', 'd4', 'w12'].map((id) => session.heard(id))).toEqual(['talk', 'talk', '-', '-']);
  });

  it('one to both wards goes on in the whole new ward; one that is not concerned is not touched', () => {
    session.start(specOf('talk', ['w1', 'w2']));
    session.start(specOf('other', ['w3']));
    expect(reform()).toEqual([{ type: 'broadcast-rezoned', broadcastId: 'talk', zones: ['w12'] }]);
  });

  it('ZT10: an emergency to a ward reaches everybody whom it reached, also who stood in the ward itself', () => {
    session.start(specOf('alarm', ['w1'], { level: 3 }));
    expect(reform()).toEqual([{ type: 'broadcast-rezoned', broadcastId: 'alarm', zones: ['w12'] }]);
    expect(session.heard('w12')).toBe('alarm');
  });

  it('what was interrupted stays so without further news, and comes back', () => {
    session.start(specOf('talk', ['w1', 'w3']));
    session.start(specOf('alarm', ['w1'], { level: 3 }));
    expect(reform().map(({ type }) => type)).toEqual(['broadcast-rezoned', 'broadcast-rezoned']);
    expect(session.get('talk').interrupted).toEqual([
      { zone: 'n1', by: 'alarm' },
      { zone: 'n2', by: 'alarm' },
    ]);
    expect(eventsOf(session.stop('alarm')).slice(1)).toEqual([
      { type: 'broadcast-resumed', broadcastId: 'talk', zones: ['n1', 'n2'], positionMs: null },
    ]);
  });

  it('two meet in one zone: who is told, and stands still', () => {
    session.start(specOf('first', ['c4']));
    session.now += 1;
    session.start(specOf('second', ['c5'], { source: segmentOf(60_000) }));
    const both = [...SUCCESSIONS.slice(0, 3), { from: 'c5', to: 'd4' } as Succession];
    session.now += 1_000;
    expect(reform(after, both)).toMatchObject([
      { type: 'broadcast-rezoned', broadcastId: 'first', zones: ['d4'] },
      { type: 'broadcast-rezoned', broadcastId: 'second', zones: ['d4'] },
      { type: 'broadcast-interrupted', broadcastId: 'second', zones: ['d4'], by: 'first', everywhere: true },
    ]);
    expect(session.heard('d4')).toBe('first');
    const { playhead } = session.get('second');
    expect(playhead && positionAt(playhead, session.now + 5_000)).toBe(1_000);
  });

  it('one that waits goes on waiting for the heirs', () => {
    session.start(specOf('talk', ['w1', 'w2']));
    session.now += 1;
    session.start(specOf('patient', ['c4'], { wait: true }));
    reform();
    expect(session.get('patient').spec.zones).toEqual(['d4']);
    expect(eventsOf(session.stop('talk')).at(-1)).toMatchObject({ type: 'broadcast-admitted', broadcastId: 'patient' });
  });

  it('BR26: what left no heirs ends', () => {
    session.start(specOf('talk', ['w2']));
    expect(reform(after, [])).toMatchObject([{ type: 'broadcast-ended', reason: 'zones-gone' }]);
  });

  it('said again it changes nothing; a zone that is there is not moved', () => {
    session.start(specOf('talk', ['w1']));
    const command = zonesChanged(session.state, before, after, SUCCESSIONS);
    expect(eventsOf(session.run(command))).toEqual([]);
    session.tree = after;
    session.run(command);
    expect(eventsOf(session.run(command))).toEqual([]);
  });

  it('BR26: who is silent where is told in zones of the new tree', () => {
    session.start(specOf('talk', ['w1', 'w4']));
    session.start(specOf('alarm', ['w1'], { level: 3 }));
    reform();
    expect(session.get('talk').interrupted.every(({ zone: id }) => after.has(id))).toBe(true);
  });
});
