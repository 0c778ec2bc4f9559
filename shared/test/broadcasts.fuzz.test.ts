import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onTree } from '../src/broadcasts/evolve.ts';
import { zonesChanged } from '../src/broadcasts/rezone.ts';
import type { LiveBroadcast } from '../src/broadcasts/state.ts';
import type { ZoneId } from '../src/ids.ts';
import type { ZoneTree } from '../src/zones/zone-tree.ts';
import { CITY_ROWS, treeOf, zone } from './support/city.ts';
import { FUZZ_RUNS, FUZZ_SEED } from './support/fuzz-settings.ts';
import { checkHistory } from './support/history-check.ts';
import { histories, starts, toCommand, type Step } from './support/history.ts';
import { leavesAsked, leavesHearing, placesOf, soundsOf } from './support/oracle.ts';
import { createSession, type Session } from './support/session.ts';
import { CITY, PLACES } from './support/small-city.ts';

/** One history in so many is also run with its inputs in another order and through its stored form. */
const THOROUGH_EVERY = 8;
const PAIRS = Math.ceil(FUZZ_RUNS / 20);
const REFORMS = Math.ceil(FUZZ_RUNS / 20);

/** Wards 1 and 2 become one, and all that is below them goes on under other ids. */
const RENAMED: Readonly<Record<string, string>> = {
  w1: 'u',
  w2: 'u',
  n1: 'm1',
  n2: 'm2',
  c1: 'd1',
  c2: 'd2',
  c3: 'd3',
  c4: 'd4',
  c5: 'd4',
};
const renamed = (id: string) => RENAMED[id] ?? id;
const MERGED = new Map(
  CITY_ROWS.map((row) => [renamed(row.id), zone(renamed(row.id), row.parentId && renamed(row.parentId))]),
);
/** There and back: histories go from any tree to any other. */
const SUCCESSIONS = Object.entries(RENAMED).flatMap(([a, b]) => [
  { from: a as ZoneId, to: b as ZoneId },
  { from: b as ZoneId, to: a as ZoneId },
]);

/** The city after a ward has lost a leaf to another one, lost all of them, gained one, gone, or merged with another. */
const TREES: readonly ZoneTree[] = [
  CITY_ROWS,
  CITY_ROWS.map((row) => (row.id === 'c3' ? zone('c3', 'w2') : row)),
  CITY_ROWS.filter(({ parentId }) => parentId !== 'w2'),
  [...CITY_ROWS, zone('c7', 'w2'), zone('c8', 'w4')],
  CITY_ROWS.filter(({ id, parentId }) => id !== 'w3' && parentId !== 'w3'),
  [...MERGED.values()],
].map(treeOf);

function played(steps: readonly Step[]): Session {
  const session = createSession(CITY);
  let started = 0;
  for (const step of steps) {
    session.now += step.waitMs;
    const command = toCommand(step, session.state, started);
    if (command.type === 'start') started += 1;
    session.run(command);
  }
  return session;
}

/** What every broadcast has and how it stands agrees with the tree that is valid now. */
function checkAgainstTree({ state, tree }: Session): void {
  const places = placesOf(tree);
  const sounds = soundsOf(state.broadcasts.values(), places);
  for (const broadcast of state.broadcasts.values()) {
    const asked = leavesAsked(broadcast, places);
    const heard = leavesHearing(sounds, places, broadcast.id);
    expect(asked.length, `${broadcast.id} has a zone left`).toBeGreaterThan(0);
    if (broadcast.phase === 'waiting') continue;
    const named = namedSilent(broadcast, tree);
    const silent = asked.filter((id) => named.has(id));
    expect(silent, `${broadcast.id} is silent`).toEqual(asked.filter((id) => !heard.includes(id)));
    if (!broadcast.playhead) continue;
    const runs = !broadcast.paused && heard.length > 0;
    expect(broadcast.playhead.runningSince !== null, `${broadcast.id} runs`).toBe(runs);
  }
}

/** Its zones are those of the tree that was valid when they were named: they may overlap or be somebody else's now. */
const namedSilent = ({ interrupted }: LiveBroadcast, tree: ZoneTree) =>
  new Set(interrupted.flatMap(({ zone: id }) => tree.leavesUnder(id)));

describe(`broadcasts, seed ${FUZZ_SEED}`, () => {
  it(`BR1 to BR25, BR29, RK3 to RK7: ${FUZZ_RUNS} random histories`, () => {
    let count = 0;
    const property = fc.property(histories, (steps) => checkHistory(steps, count++ % THOROUGH_EVERY === 0));
    fc.assert(property, { seed: FUZZ_SEED, numRuns: FUZZ_RUNS });
  });

  it(`BR27: ${PAIRS} pairs of starts at the same instant, in both orders`, () => {
    const property = fc.property(histories, starts, starts, (steps, first, second) => {
      const session = played(steps);
      session.wait(1);
      const n = steps.length;
      // Who takes a microphone ends its user, whose zones the other start may have been refused for.
      const [own, other] = [first, second].map((start) => ({ ...start, usedMic: null }));
      if (!own || !other) throw new Error('no pair');
      const commands = [toCommand(own, session.state, n), toCommand(other, session.state, n + 1)];
      const [one, reversed] = [commands, commands.toReversed()].map((ordered) => {
        const branch = createSession(CITY);
        Object.assign(branch, { now: session.now, state: session.state });
        for (const command of ordered) branch.run(command);
        return PLACES.leaves.map(({ id }) => branch.heard(id)).join();
      });
      expect(one).toBe(reversed);
    });
    fc.assert(property, { seed: FUZZ_SEED, numRuns: PAIRS });
  });

  it(`BR26, BR28: ${REFORMS} histories in which the tree changes`, () => {
    const property = fc.property(
      fc.array(fc.tuple(histories, fc.nat({ max: TREES.length - 1 })), { maxLength: 4 }),
      (eras) => {
        const session = createSession(CITY);
        let started = 0;
        for (const [steps, era] of eras) {
          for (const step of steps.slice(0, 4)) {
            session.now += step.waitMs;
            const command = toCommand(step, session.state, started);
            if (command.type === 'start') started += 1;
            session.run(command);
          }
          const next = TREES[era] ?? CITY;
          const command = zonesChanged(session.state, session.tree, next, SUCCESSIONS);
          session.tree = next;
          // Who is not told what has become of its zones goes on with those that are left.
          if (steps.length % 3 > 0) session.run(command);
          session.state = onTree(session.state, next);
          session.wait(700);
          checkAgainstTree(session);
        }
      },
    );
    fc.assert(property, { seed: FUZZ_SEED, numRuns: REFORMS });
  });
});
