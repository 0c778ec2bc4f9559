import { describe, expect, it } from 'vitest';
import type { Command } from '../broadcasts/commands.ts';
import { CITY_ROWS, treeOf } from '../../test/support/city.ts';
import { createSession, segmentOf, SOMEBODY, broadcastId, sourceId, specOf } from '../../test/support/session.ts';
import { decideAgain } from './decide-again.ts';

const TREE = treeOf(CITY_ROWS);
const by = SOMEBODY;

/** What a session decides after `before`, as lost events, and another session that has only `before`. */
function fork(before: readonly Command[], lost: readonly Command[]) {
  const [mine, theirs] = [createSession(TREE), createSession(TREE)];
  for (const command of before) for (const session of [mine, theirs]) session.run(command);
  const from = mine.log.length;
  for (const command of lost) {
    mine.now += 1_000;
    mine.run(command);
  }
  theirs.now = mine.now;
  return { lost: mine.log.slice(from), mine, theirs };
}

const start = (id: string, zone: string, changes = {}): Command => ({
  type: 'start',
  spec: specOf(id, [zone], changes),
});

describe('EL7: what a fork has lost is decided again', () => {
  it('a start, on what the other branch has made of the city', () => {
    const { lost, theirs } = fork([], [start('a', 'w1', { level: 2 })]);
    theirs.start(specOf('b', ['w1']));
    for (const command of decideAgain(lost, theirs.now).again) theirs.run(command);
    expect(theirs.heard('c1')).toBe('a');
    expect(theirs.get('b').interrupted).not.toEqual([]);
  });

  it('is refused where it would be refused now', () => {
    const { lost, theirs } = fork([], [start('a', 'w1')]);
    theirs.start(specOf('b', ['w1']));
    theirs.now += 1;
    const [again] = decideAgain(lost, theirs.now).again.map((command) => theirs.run(command));
    expect(again).toMatchObject({ ok: false, error: { code: 'zones-taken' } });
  });

  it('pause, extension, another source and stop of a broadcast that both know', () => {
    const before = [
      start('a', 'w1', { source: segmentOf(90_000), maxLifeMs: 60_000 }),
      start('b', 'w2'),
      start('c', 'w3'),
    ];
    const { lost, mine, theirs } = fork(before, [
      { type: 'pause', broadcastId: broadcastId('a'), by },
      { type: 'extend', broadcastId: broadcastId('a'), lifeMs: 200_000, by },
      { type: 'source-found', broadcastId: broadcastId('b'), sourceId: sourceId('again'), by },
      { type: 'stop', broadcastId: broadcastId('c'), by },
    ]);
    const { again, over } = decideAgain(lost, theirs.now);
    expect(again.map(({ type }) => type)).toEqual(['pause', 'extend', 'source-found', 'stop']);
    expect(over).toEqual([]);
    for (const command of again) theirs.run(command);
    expect(theirs.get('a')).toMatchObject({ paused: true, expiresAt: mine.get('a').expiresAt });
    expect(theirs.get('b').spec.source).toEqual({ kind: 'live', sourceId: 'again' });
    expect(theirs.state.broadcasts.has(broadcastId('c'))).toBe(false);
    const { again: unpaused } = decideAgain(
      [{ event: { type: 'broadcast-unpaused', broadcastId: broadcastId('a'), by } }],
      theirs.now,
    );
    expect(unpaused).toEqual([{ type: 'unpause', broadcastId: 'a', by }]);
  });

  it('of orders that undo each other only the last', () => {
    const of = { broadcastId: broadcastId('a') };
    const events = [
      { type: 'broadcast-paused', ...of, by, positionMs: 0 },
      { type: 'source-found', ...of, sourceId: sourceId('x'), by },
      { type: 'broadcast-unpaused', ...of, by },
      { type: 'source-found', ...of, sourceId: sourceId('y'), by },
    ] as const;
    expect(
      decideAgain(
        events.map((event) => ({ event })),
        0,
      ).again,
    ).toEqual([
      { type: 'unpause', ...of, by },
      { type: 'source-found', ...of, sourceId: 'y', by },
    ]);
  });

  it('LA42: another source that somebody attached, and not one that came back by itself', () => {
    const of = { broadcastId: broadcastId('talk') };
    const { lost, theirs } = fork(
      [start('talk', 'w1')],
      [
        { type: 'source-lost', sourceId: sourceId('mic-of-talk') },
        { type: 'source-back', sourceId: sourceId('mic-of-talk') },
      ],
    );
    // Meanwhile its presenter has come in at another node.
    theirs.run({ type: 'source-found', ...of, sourceId: sourceId('mic-2'), by });
    for (const command of decideAgain(lost, theirs.now).again) theirs.run(command);
    expect(theirs.get('talk').spec.source).toEqual({ kind: 'live', sourceId: 'mic-2' });

    const attached = [
      { type: 'source-found', ...of, sourceId: sourceId('mic-3'), by },
      { type: 'source-lost', ...of, keepUntil: 5_000 },
      { type: 'source-found', ...of, sourceId: sourceId('mic-3') },
    ] as const;
    expect(
      decideAgain(
        attached.map((event) => ({ event })),
        0,
      ).again,
    ).toEqual([attached[0]]);
  });

  it('LA41: a stored programme goes on where it was, also when it stood still', () => {
    const stored = start('tape', 'w1', { source: segmentOf(90_000), level: 3 });
    const { lost, mine, theirs } = fork([], [stored]);
    const since = mine.now;
    theirs.now = since + 20_000;
    for (const command of decideAgain(lost, theirs.now, mine.state.broadcasts).again) theirs.run(command);
    expect(theirs.get('tape')).toMatchObject({ playhead: mine.get('tape').playhead, startedAt: theirs.now });

    const paused = fork([], [stored, { type: 'pause', broadcastId: broadcastId('tape'), by }]);
    paused.theirs.now += 20_000;
    const { again } = decideAgain(paused.lost, paused.theirs.now, paused.mine.state.broadcasts);
    for (const command of again) paused.theirs.run(command);
    expect(paused.theirs.get('tape').playhead).toEqual({ positionMs: 1_000, runningSince: null });
  });

  it('LA41: from its beginning where nobody has heard it: it waited, or has to wait now', () => {
    const stored = start('tape', 'w1', { source: segmentOf(90_000), level: 3, authority: 0 });
    const { lost, mine, theirs } = fork([], [stored]);
    theirs.start(specOf('alarm', ['w1'], { level: 3, authority: 5 }));
    theirs.now += 10_000;
    for (const command of decideAgain(lost, theirs.now, mine.state.broadcasts).again) theirs.run(command);
    expect(theirs.get('tape')).toMatchObject({ phase: 'waiting', playhead: { positionMs: 0, runningSince: null } });
    theirs.now += 10_000;
    theirs.stop('alarm');
    expect(theirs.get('tape').playhead).toEqual({ positionMs: 0, runningSince: theirs.now });
  });

  it('a life goes on from where it was', () => {
    const { lost, mine, theirs } = fork([], [start('a', 'w1', { maxLifeMs: 60_000 }), { type: 'tick' }]);
    theirs.now += 20_000;
    for (const command of decideAgain(lost, theirs.now).again) theirs.run(command);
    expect(theirs.get('a').expiresAt).toBe(mine.get('a').expiresAt);
  });

  it('not what is over by now, nor what began and ended in the lost part', () => {
    const { lost, theirs } = fork(
      [],
      [start('a', 'w1', { maxLifeMs: 60_000 }), start('b', 'w2'), { type: 'stop', broadcastId: broadcastId('b'), by }],
    );
    expect(decideAgain(lost, theirs.now + 60_000)).toEqual({ again: [], over: ['a', 'b'] });
    const extended = {
      event: { type: 'broadcast-extended', broadcastId: broadcastId('z'), by, expiresAt: 5 } as const,
    };
    expect(decideAgain([extended], 5)).toEqual({ again: [], over: [] });
  });

  it('not what follows by itself: an end that nobody ordered, losses and gains', () => {
    const { lost } = fork(
      [start('a', 'w1', { maxLifeMs: 1_000 }), start('b', 'w2')],
      [{ type: 'tick' }, start('c', 'w2', { level: 3 })],
    );
    expect(lost.map(({ event }) => event.type)).toEqual([
      'broadcast-ended',
      'broadcast-started',
      'broadcast-interrupted',
    ]);
    expect(decideAgain(lost, 0).again.map(({ type }) => type)).toEqual(['start']);
  });
});
