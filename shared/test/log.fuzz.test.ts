import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../src/broadcasts/decide.ts';
import { evolve } from '../src/broadcasts/evolve.ts';
import type { LiveState } from '../src/broadcasts/state.ts';
import { decideAgain } from '../src/log/decide-again.ts';
import { readStoredState, writeStoredState } from '../src/log/stored-state.ts';
import { FUZZ_RUNS, FUZZ_SEED } from './support/fuzz-settings.ts';
import { histories, toCommand, type Step } from './support/history.ts';
import { createSession, type Session } from './support/session.ts';
import { CITY } from './support/small-city.ts';

const RUNS = Math.ceil(FUZZ_RUNS / 20);

function play(session: Session, steps: readonly Step[], started = 0): number {
  let count = started;
  for (const step of steps) {
    session.now += step.waitMs;
    const command = toCommand(step, session.state, count);
    if (command.type === 'start') count += 1;
    session.run(command);
  }
  return count;
}

/** Maps with their order, which decides what is forgotten first. */
const plain = ({ version, nextTag, broadcasts, usedKeys }: LiveState) => ({
  version,
  nextTag,
  broadcasts: [...broadcasts],
  usedKeys: [...usedKeys],
});

describe(`event log, seed ${FUZZ_SEED}`, () => {
  it('EL3: the rest of a log on a stored state gives the state of the whole log', () => {
    fc.assert(
      fc.property(histories, fc.nat({ max: 40 }), (steps, cut) => {
        const session = createSession(CITY);
        play(session, steps);
        const at = cut % (session.log.length + 1);
        const whole = createSession(CITY);
        for (const entry of session.log.slice(0, at)) whole.state = evolve(whole.state, CITY, entry);
        let state = readStoredState(writeStoredState(whole.state));
        expect(plain(state)).toEqual(plain(whole.state));
        for (const entry of session.log.slice(at)) state = evolve(state, CITY, entry);
        expect(plain(state)).toEqual(plain(session.state));
      }),
      { seed: FUZZ_SEED, numRuns: RUNS },
    );
  });

  it('EL8: lost work given again by every node is done once', () => {
    fc.assert(
      fc.property(histories, histories, histories, (common, lost, theirs) => {
        const [mine, other] = [createSession(CITY), createSession(CITY)];
        const started = play(mine, common);
        play(other, common);
        const from = mine.log.length;
        // Each branch starts broadcasts of its own.
        play(mine, lost, started + 12);
        play(other, theirs, started + 24);
        other.now = Math.max(mine.now, other.now);
        const { again } = decideAgain(mine.log.slice(from), other.now);
        const done = again.filter((command) => other.run(command).ok);
        const once = plain(other.state);
        for (const command of done) other.run(command);
        expect(plain(other.state)).toEqual(once);
      }),
      { seed: FUZZ_SEED, numRuns: RUNS },
    );
  });

  it('LA1, BR29: a node on its own touches nothing but emergencies, and refuses none that it would accept otherwise', () => {
    fc.assert(
      fc.property(histories, histories, (common, alone) => {
        const session = createSession(CITY);
        let count = play(session, common);
        const ordinary = ({ broadcasts }: LiveState) =>
          [...broadcasts.values()]
            .filter(({ spec }) => spec.level < 3)
            .map(({ id, phase, paused, expiresAt, sourceKeepUntil }) => ({
              id,
              phase,
              paused,
              expiresAt,
              sourceKeepUntil,
            }));
        const before = ordinary(session.state);
        const taken = new Set<string>();
        for (const step of alone) {
          session.now += step.waitMs;
          const command = toCommand(step, session.state, count);
          if (command.type === 'start') count += 1;
          const decided = decide(session.state, CITY, command, session.now, 'local');
          const shared = decide(session.state, CITY, command, session.now);
          if (command.type === 'start' && command.spec.level === 3 && shared.ok) expect(decided.ok).toBe(true);
          for (const event of decided.ok ? decided.value : []) {
            if (event.type === 'broadcast-ended' && event.reason === 'source-taken') taken.add(event.broadcastId);
            const logged = { version: session.state.version + 1, at: session.now, event };
            session.state = evolve(session.state, CITY, logged);
          }
        }
        // BR29: whose microphone an emergency took has ended.
        expect(ordinary(session.state)).toEqual(before.filter(({ id }) => !taken.has(id)));
      }),
      { seed: FUZZ_SEED, numRuns: RUNS },
    );
  });
});
