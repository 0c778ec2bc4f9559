import { describe, expect, it } from 'vitest';
import { CITY_ROWS, treeOf } from '../../../../shared/test/support/city.ts';
import { broadcastId, createSession, type Session, SOMEBODY, specOf } from '../../../../shared/test/support/session.ts';
import { heldAfterFork, withHeld } from './held-over.ts';

const TREE = treeOf(CITY_ROWS);

/** Two sessions that part after `common`: what this node did alone, and the state of the log that stays. */
function fork(common: (session: Session) => void, mine: (session: Session) => void) {
  const [own, log] = [createSession(TREE), createSession(TREE)];
  for (const session of [own, log]) common(session);
  const from = own.log.length;
  mine(own);
  const held = heldAfterFork(own.log.slice(from), own.state);
  return { own, log, shown: () => [...withHeld(log.state, held).broadcasts.keys()].sort(), held };
}
const alarm = specOf('alarm', ['w1'], { level: 3 });
const start = (session: Session) => void session.start(alarm);

describe('LA40: while what a fork has lost is not given again', () => {
  it('an emergency whose start is lost is on air, beside what the log has', () => {
    const { log, shown } = fork(() => undefined, start);
    log.start(specOf('voice', ['w2']));
    expect(shown()).toEqual(['alarm', 'voice']);
  });

  it('a new emergency is there at once, and one that is stopped after it was given again is gone at once', () => {
    const { log, shown } = fork(() => undefined, start);
    log.start(specOf('another', ['w2'], { level: 3 }));
    expect(shown()).toEqual(['alarm', 'another']);
    log.start(alarm);
    expect(shown()).toEqual(['alarm', 'another']);
    log.stop('alarm');
    expect(shown()).toEqual(['another']);
  });

  it('what is given again is as it was before, until all of it is', () => {
    const { own, log, held } = fork(
      () => undefined,
      (session) => {
        start(session);
        session.run({ type: 'extend', broadcastId: broadcastId('alarm'), lifeMs: 7_000_000, by: SOMEBODY });
      },
    );
    log.now += 500;
    log.start(alarm);
    expect(withHeld(log.state, held).broadcasts.get(alarm.id)).toBe(own.get('alarm'));
  });

  it('what was stopped in the lost part is not heard again in between', () => {
    const { log, shown } = fork(start, (session) => void session.stop('alarm'));
    expect(log.state.broadcasts.has(alarm.id)).toBe(true);
    expect(shown()).toEqual([]);
  });

  it('what the log that stays has ended is over, whatever is lost of it', () => {
    const { log, shown } = fork(
      start,
      (session) =>
        void session.run({ type: 'extend', broadcastId: broadcastId('alarm'), lifeMs: 7_000_000, by: SOMEBODY }),
    );
    log.stop('alarm');
    expect(shown()).toEqual([]);
  });

  it('no tag names two broadcasts', () => {
    const { log, shown } = fork(
      () => undefined,
      (session) => void session.start(specOf('lost', ['w1'])),
    );
    log.start(specOf('voice', ['w2']));
    expect(shown()).toEqual(['voice']);
  });

  it('without a fork the state is carried out as it is', () => {
    const { log } = fork(start, () => undefined);
    expect(withHeld(log.state, new Map())).toBe(log.state);
  });
});
