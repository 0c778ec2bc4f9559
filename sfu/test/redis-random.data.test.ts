import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evolve, INITIAL_STATE } from '@loa/shared/broadcasts/evolve';
import { readStoredState } from '@loa/shared/log/stored-state';
import { histories } from '../../shared/test/support/history.ts';
import { SOMEBODY, specOf } from '../../shared/test/support/session.ts';
import { hashEvent } from '../src/pump/log/event-hash.ts';
import { LOG_TREE, type LogNode, startLogNode, textOfState } from './support/log-node.ts';
import type { Order, Outcome, Told } from './support/log-node-process.ts';
import { type RedisServer, startRedisServer } from './support/redis-server.ts';
import { type Relay, startRelay } from './support/relay.ts';
import { spawnLogNode, type SpawnedLogNode } from './support/spawn-node.ts';
import { waitFor } from './support/wait-for.ts';

/*
 * Three nodes in processes of their own, each behind a link of its own, get random commands while links are slow, silent or
 * cut, nodes stand still or are killed, and Redis is killed or hangs. REDIS_SEED repeats the steps and faults of a run in their order
 * (not how the processes interleave); REDIS_ROUNDS makes it longer.
 */

const SEED = Number(process.env['REDIS_SEED'] ?? Math.floor(Math.random() * 0x7fffffff));
const ROUNDS = Number(process.env['REDIS_ROUNDS'] ?? 24);
const COMMANDS_PER_ROUND = 12;
const NODES = 3;
/** Small, so that a node that was away must begin from a stored state. */
const LIMITS = { keptEvents: 3, eventsPerState: 4, eventsPerTrim: 1 };
const FAULT_MS = 300;
const ALARM_ZONES = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6'];

interface Place {
  readonly name: string;
  readonly link: Relay;
  process: SpawnedLogNode;
}

let redis: RedisServer;
let places: Place[];
/** Ends what this test has done to a node, its link or Redis. */
const healers: Array<() => Promise<void> | void> = [];

const spawnAt = (name: string, link: Relay) => spawnLogNode(name, `redis://127.0.0.1:${link.port}`, LIMITS);

beforeAll(async () => {
  redis = await startRedisServer();
  recorder = await startLogNode({ url: redis.url, node: 'recorder' });
  places = await Promise.all(
    Array.from({ length: NODES }, async (_, n): Promise<Place> => {
      const [name, link] = [`node-${n}`, await startRelay(redis.port)];
      return { name, link, process: await spawnAt(name, link) };
    }),
  );
});
afterAll(async () => {
  for (const heal of healers) await heal();
  for (const { process: child, link } of places) {
    await child.kill();
    await link.close();
  }
  await recorder.close();
  await redis.close();
});

const FAULTS: Readonly<Record<string, (place: Place, random: number) => Promise<void> | void>> = {
  nothing: () => undefined,
  slow({ link }, random) {
    link.setDelay(Math.floor(random * 40));
    healers.push(() => link.setDelay(0));
  },
  reset: ({ link }) => link.reset(),
  cut({ link }) {
    link.cut();
    healers.push(() => link.heal());
  },
  mute({ link }) {
    link.mute();
    healers.push(() => link.heal());
  },
  pause({ process: child }) {
    child.pause();
    healers.push(() => child.resume());
  },
  async kill(place) {
    await place.process.kill();
    healers.push(async () => {
      place.process = await spawnAt(place.name, place.link);
    });
  },
  redisHangs() {
    redis.pause();
    healers.push(() => redis.resume());
  },
  async redisKilled() {
    await redis.kill();
    healers.push(() => redis.start());
  },
};

/** One round: a fault, commands at all nodes, then everything heals. */
interface Round {
  readonly fault: string;
  readonly at: number;
  readonly random: number;
  readonly targets: readonly number[];
  readonly steps: readonly unknown[];
  readonly forget: number;
}

const FIRST_ROUNDS = Object.keys(FAULTS).map((fault) => ({ fault, forget: 1 }));

/** Every fault once, whatever the seed, and then as chance will have it. */
const sampled = fc.sample(
  fc.record({
    fault: fc.constantFrom(...Object.keys(FAULTS)),
    at: fc.nat({ max: NODES - 1 }),
    random: fc.double({ min: 0, max: 1, noNaN: true }),
    targets: fc.array(fc.nat({ max: NODES - 1 }), { minLength: COMMANDS_PER_ROUND, maxLength: COMMANDS_PER_ROUND }),
    steps: histories,
    forget: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  { seed: SEED, numRuns: ROUNDS },
) as Round[];
const rounds = sampled.map((round, n): Round => ({ ...round, ...FIRST_ROUNDS[n] }));

const outcomes: Outcome[] = [];
/** What the database would have: a node that folds everything and gives no commands. */
let recorder: LogNode;

async function untilAgreed(): Promise<Told[]> {
  let told: Told[] = [];
  await waitFor(async () => {
    told = await Promise.all(places.map(({ process: child }) => child.tell()));
    const agreed = told.every(({ reachable, hash }) => reachable && hash === told[0]?.hash);
    return agreed ? '' : told.map(({ version, reachable }) => `${version} ${String(reachable)}`).join(', ');
  }, 30_000);
  return told;
}

describe(`three nodes on one Redis, REDIS_SEED=${SEED}`, () => {
  it(`EL1, EL3, EL4, EL5, EL9: whatever happens in ${ROUNDS} rounds, all fold what a single node would`, async () => {
    let started = 0;
    let replacements = 0;
    let told = await untilAgreed();
    for (const [n, { fault, at, random, targets, steps, forget }] of rounds.entries()) {
      const live = readStoredState(told[0]?.state ?? '').broadcasts;
      await FAULTS[fault]?.(places[at]!, random);
      const faultUntil = performance.now() + (fault === 'nothing' ? 0 : FAULT_MS);
      const give = (target: number, order: Order): Promise<void> =>
        places[target % NODES]!.process.ask<Outcome | null>(order).then(
          (outcome) => void (outcome && outcomes.push(outcome)),
          () => undefined,
        );
      // Room for what comes: most of what is live is stopped, at any node.
      const stops = [...live.keys()]
        .slice(0, -1)
        .map((id) => ({ type: 'stop', broadcastId: id, by: SOMEBODY }) as const);
      // And some that nothing refuses, so that every round moves the log.
      const alarms = ALARM_ZONES.map((zone) => {
        const spec = specOf(`alarm-${n}-${zone}`, [zone], { level: 3 });
        return { type: 'start', spec } as const;
      });
      const given = [
        ...alarms.map((command) => give(at + 1, { do: 'submit', command })),
        ...stops.map((command, i) => give(targets[i % targets.length]!, { do: 'submit', command })),
        ...targets.map((target, i) =>
          give(target, { do: 'step', step: steps[i % steps.length], started: (started += 1) }),
        ),
      ];
      await waitFor(() => (performance.now() < faultUntil ? 'the fault lasts' : ''));
      given.push(give(at + 1, { do: 'forget', version: Math.floor(recorder.log.head.version * forget) }));
      for (const heal of healers.splice(0)) await heal();
      await Promise.all(given);
      told = await untilAgreed();
      replacements = Math.max(replacements, ...told.map((each) => each.replacements));
      expect(new Set(told.map(({ state }) => state)).size, `round ${n}, ${fault}: one state`).toBe(1);
    }

    await waitFor(() => (recorder.log.head.hash === told[0]?.hash ? '' : `recorded: ${recorder.log.head.version}`));
    const events = recorder.folded;
    let state = INITIAL_STATE;
    let hash = '';
    for (const [i, entry] of events.entries()) {
      expect(entry).toMatchObject({ version: i + 1, prevHash: hash });
      expect(entry.hash).toBe(hashEvent(hash, i + 1, entry.at, entry.event));
      hash = entry.hash;
      state = evolve(state, LOG_TREE, entry);
    }
    for (const each of told) expect(each.state).toBe(textOfState(state));

    const starts = events.flatMap(({ event }) => (event.type === 'broadcast-started' ? event.broadcastId : []));
    expect(new Set(starts).size, 'no broadcast starts twice').toBe(starts.length);
    const accepted = outcomes.filter(({ refusal }) => refusal === null);
    // LA4: what one node decided alone may be over, or its node dead, before the log could have it.
    for (const { command, alone } of accepted) {
      if (command.type === 'start' && !alone) expect(starts, 'what was acknowledged').toContain(command.spec.id);
    }
    const refusals = new Set(outcomes.map(({ refusal }) => refusal));
    expect(accepted.length).toBeGreaterThan(2 * ROUNDS);
    expect(refusals).toContain('log-away');
    expect(replacements, 'a node was away for longer than the log reaches').toBeGreaterThan(0);
  }, 600_000);
});
