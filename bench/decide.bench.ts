import { join } from 'node:path';
import { startRedisServer } from '../sfu/test/support/redis-server.ts';
import { spawnNode, type SpawnedNode } from '../sfu/test/support/spawn-node.ts';
import type { Bench } from './run.ts';
import type { DecideOrder, Given, Seen } from './support/decide-node.ts';
import { percentile, progress, round } from './support/figures.ts';

const NODES = ['a', 'b', 'c'];
/** A city as it is planned, and a province. */
const SIZES = [
  { wards: 17, clusters: 240 },
  { wards: 700, clusters: 10_000 },
];
/** Of each node: more than people do, less than would make one command wait for another. */
const PACED = { inFlight: 1, everyMs: 100 };
const FLAT_OUT = { inFlight: 8, everyMs: 0 };

type Node = SpawnedNode<DecideOrder>;
interface Gave {
  readonly given: Given;
  readonly refused: number;
}

/** From the moment a node was given a command until the last node knew who is heard where, ms, one for each command. */
async function run(nodes: readonly Node[], pace: { inFlight: number; everyMs: number }, seconds: number) {
  await Promise.all(nodes.map((node) => node.ask<Seen>({ do: 'seen' })));
  const gave = await Promise.all(nodes.map((node) => node.ask<Gave>({ do: 'give', seconds, ...pace })));
  // The last one's events reach the others.
  await new Promise((done) => setTimeout(done, 500));
  const seen = await Promise.all(nodes.map((node) => node.ask<Seen>({ do: 'seen' })));
  // A node that takes in several commands at once carries out the last one only.
  const knownAt = (of: Seen, version: number) => of.find(([last]) => last >= version)?.[1] ?? Infinity;
  const given = gave.flatMap((one) => one.given);
  const latencies = given.map(([version, at]) => Math.max(...seen.map((of) => knownAt(of, version))) - at);
  const refused = gave.reduce((sum, one) => sum + one.refused, 0);
  return { latencies, commands: given.length + refused };
}

/** Three nodes decide about one log: how soon all of them know, and how much they can do. */
export const bench: Bench = async (options) => {
  const seconds = Number(options.get('seconds') ?? 20);
  const results: Record<string, object> = {};
  for (const { wards, clusters } of SIZES) {
    progress(`${wards} wards, ${clusters} clusters: starting Redis and ${NODES.length} nodes …`);
    const redis = await startRedisServer();
    const nodes = await Promise.all(
      NODES.map((name) =>
        spawnNode<DecideOrder>(name, join(import.meta.dirname, 'support', 'decide-node.ts'), {
          DECIDE_URL: redis.url,
          DECIDE_NODE: name,
          DECIDE_WARDS: String(wards),
          DECIDE_CLUSTERS: String(clusters),
        }),
      ),
    );
    try {
      const paced = await run(nodes, PACED, seconds);
      const flatOut = await run(nodes, FLAT_OUT, seconds);
      const result = {
        p50_ms: round(percentile(paced.latencies, 0.5)),
        p99_ms: round(percentile(paced.latencies, 0.99)),
        max_ms: round(percentile(paced.latencies, 1)),
        n: paced.latencies.length,
        commands_per_s: Math.round(flatOut.commands / seconds),
        busy_p99_ms: round(percentile(flatOut.latencies, 0.99)),
      };
      progress(JSON.stringify(result));
      results[`${wards}x${clusters}`] = result;
    } finally {
      await Promise.all(nodes.map((node) => node.kill()));
      await redis.close();
    }
  }
  return results;
};
