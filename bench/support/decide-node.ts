import { z } from 'zod';
import type { Command } from '@loa/shared/broadcasts/commands';
import type { LiveState } from '@loa/shared/broadcasts/state';
import { placements } from '@loa/shared/broadcasts/winner';
import type { BroadcastId, SourceId, ZoneId } from '@loa/shared/ids';
import { buildZoneTree } from '@loa/shared/zones/zone-tree';
import type { Zone } from '@loa/shared/zones/zone';
import { pino } from 'pino';
import { createRunner } from '../../sfu/src/pump/broadcasts/runner.ts';
import { openLog } from '../../sfu/test/support/redis-node.ts';
import { sleep } from './figures.ts';

/** A node without sound in a process of its own, which gives commands and notes when it knew what follows from anybody's. */

export const decideOrderSchema = z.discriminatedUnion('do', [
  /** Gives commands for `seconds`: `inFlight` at a time, each after `everyMs` from the one before. */
  z.object({ do: z.literal('give'), seconds: z.number(), inFlight: z.number(), everyMs: z.number() }),
  z.object({ do: z.literal('seen') }),
]);
export type DecideOrder = z.infer<typeof decideOrderSchema>;

/** When this node gave the command that led to a version, in ms of the machine's monotonic clock. */
export type Given = ReadonlyArray<readonly [version: number, atMs: number]>;
/** When it had carried out that version: which broadcast is heard where was worked out. */
export type Seen = ReadonlyArray<readonly [version: number, atMs: number]>;

/** As many as a busy city has on air at once, below the bounds of the core. */
const LIVE_AT_ONCE = 40;
const LEVELS = [0, 1, 1, 1, 2, 3] as const;

const {
  DECIDE_URL: url = '',
  DECIDE_NODE: name = '',
  DECIDE_WARDS: wards = '17',
  DECIDE_CLUSTERS: clusters = '240',
} = process.env;

/** All processes of a machine read the same clock. */
const clockMs = () => Number(process.hrtime.bigint()) / 1e6;

function rowsOf(wardCount: number, clusterCount: number): Zone[] {
  const zone = (id: string, parentId: string | null, kind: Zone['kind']): Zone => ({
    id: id as ZoneId,
    parentId: parentId as ZoneId | null,
    kind,
    code: id,
    name: id,
    lat: null,
    lng: null,
    population: null,
  });
  return [
    zone('city', null, 'city'),
    ...Array.from({ length: wardCount }, (_, ward) => zone(`w${ward}`, 'city', 'ward')),
    ...Array.from({ length: clusterCount }, (_, cluster) => zone(`c${cluster}`, `w${cluster % wardCount}`, 'cluster')),
  ];
}

const built = buildZoneTree(rowsOf(Number(wards), Number(clusters)));
if (!built.ok) throw new Error('no tree');
const tree = built.value;
const pick = <T>(values: readonly T[]): T => values[Math.floor(Math.random() * values.length)] as T;

const { log } = await openLog({ url, node: name });
const seen: Array<[number, number]> = [];
const runner = createRunner({
  log,
  tree,
  nextTag: 1,
  usedKeys: new Map(),
  air: {
    apply(state: LiveState) {
      // What a pump works out at each change: which broadcast goes on which buses.
      placements(state, tree);
      seen.push([state.version, clockMs()]);
    },
    followTree: () => undefined,
  },
  logger: pino({ level: 'warn' }),
  now: Date.now,
});
await log.catchUp();

let count = 0;
const by = { id: name, name };
/** Somebody starts in some wards or clusters, now and then in the whole city, or stops. */
function nextCommand(): Command {
  const live = [...runner.state.broadcasts.keys()];
  if (live.length > 0 && Math.random() < live.length / (2 * LIVE_AT_ONCE))
    return { type: 'stop', broadcastId: pick(live), by };
  const n = (count += 1);
  const zones: string[] =
    Math.random() < 0.05
      ? ['city']
      : Array.from({ length: 1 + Math.floor(Math.random() * 5) }, () =>
          Math.random() < 0.5
            ? `w${Math.floor(Math.random() * Number(wards))}`
            : `c${Math.floor(Math.random() * Number(clusters))}`,
        );
  return {
    type: 'start',
    spec: {
      id: `${name}-${n}` as BroadcastId,
      key: `key-of-${name}-${n}`.padEnd(16, '.'),
      title: `Broadcast ${n}`,
      source: { kind: 'live', sourceId: `mic-${name}-${n}` as SourceId },
      zones: [...new Set(zones)] as ZoneId[],
      level: pick(LEVELS),
      authority: pick([1, 3]),
      mode: Math.random() < 0.1 ? 'overlay' : 'replace',
      wait: false,
      by,
    },
  };
}

async function give({ seconds, inFlight, everyMs }: { seconds: number; inFlight: number; everyMs: number }): Promise<{
  given: Given;
  refused: number;
}> {
  const until = clockMs() + seconds * 1_000;
  const given: Array<[number, number]> = [];
  let refused = 0;
  const one = async () => {
    while (clockMs() < until) {
      const at = clockMs();
      const before = runner.state.version;
      const result = await runner.submit(nextCommand());
      if (!result.ok) refused += 1;
      else if (result.value > before) given.push([result.value, at]);
      // Not in step with the other nodes.
      if (everyMs > 0) await sleep(everyMs * (0.5 + Math.random()));
    }
  };
  await Promise.all(Array.from({ length: inFlight }, one));
  return { given, refused };
}

process.on('message', (message: { id: number; order: unknown }) => {
  const order = decideOrderSchema.parse(message.order);
  void (order.do === 'give' ? give(order) : Promise.resolve(seen.splice(0))).then((answer) =>
    process.send?.({ id: message.id, answer }),
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: true });
