import { setTimeout as sleep } from 'node:timers/promises';
import { watchPumpLink } from '../../sfu/src/guard/pump-link-watch.ts';
import { childrenOf } from '../../sfu/test/support/children.ts';
import type { SfuStack } from '../../sfu/test/support/sfu-stack.ts';
import type { FaultRig } from './fault-rig.ts';

/** After a fault it is listened for this long at least, ms: longer than it takes until three missed pilots are noticed and the path is made anew. */
const SETTLE_MS = 4_000;
/** And until everybody hears, but no longer than this, ms; what is silent then counts as silent until then. */
const MAX_SETTLE_MS = 10_000;
/** As long as a switch takes to come back. */
const SHORT_CUT_MS = 4_000;
/** Longer than a record of a node, a lease or the slot of a source lives. */
const LONG_CUT_MS = 20_000;
/** Longer than any socket of ours stays open without a word. */
const STANDSTILL_MS = 8_000;
/** Longer than it takes until the other nodes have forgotten one that says nothing. */
const FORGOTTEN_MS = 10_000;

/** Does it, waits, and mends what has to be mended for the next round. */
export type Fault = (rig: FaultRig) => Promise<unknown>;

/** Waits until what follows a fault is over. */
export async function settle({ heard }: Pick<FaultRig, 'heard'>): Promise<void> {
  const now = () => performance.timeOrigin + performance.now();
  const until = now() + MAX_SETTLE_MS;
  await sleep(SETTLE_MS);
  while (!heard.isHeardByAll(now()) && now() < until) await sleep(100);
}

const signal = (pid: number, name: NodeJS.Signals) => process.kill(pid, name);

/** A pump whose workers die more than five times a minute ends itself, which is another fault: the sixth waits. */
const DEATHS_IN_A_ROW = 5;
const DEATHS_PERIOD_MS = 61_000;
const deaths: number[] = [];
async function breakWorker({ a }: FaultRig, name: NodeJS.Signals): Promise<void> {
  const last = deaths.at(-DEATHS_IN_A_ROW);
  await sleep(last === undefined ? 0 : Math.max(0, last + DEATHS_PERIOD_MS - performance.now()));
  deaths.push(performance.now());
  const [worker = 0] = childrenOf(a.pumpPid);
  signal(worker, name);
}

async function partition(relay: FaultRig['relays']['a'], ms: number): Promise<void> {
  relay.mute();
  await sleep(ms);
  relay.heal();
}

/** All processes of a node stand still: nobody is told, as when its host loses its power or its network. */
async function freeze(node: SfuStack): Promise<() => Promise<void>> {
  const workers = childrenOf(node.pumpPid);
  for (const pid of [...workers, node.pumpPid, node.doorPid]) signal(pid, 'SIGSTOP');
  return async () => {
    await node.kill();
    for (const pid of workers) signal(pid, 'SIGKILL');
    await node.restart();
  };
}

async function killNode(rig: FaultRig): Promise<void> {
  await rig.a.kill();
  await settle(rig);
  await rig.a.restart();
}

/** With an emergency on air instead of a voice of every day. */
export const IN_EMERGENCY: ReadonlySet<string> = new Set(['node_kill_emergency', 'redis_kill_stored_emergency']);
/**
 * With a recording on air instead of a voice. Only where its player lives on: what stands in for one that is gone cannot be told from
 * its sound here, packets are encrypted.
 */
export const STORED: ReadonlySet<string> = new Set(['redis_kill_stored_emergency']);

async function killRedis({ redis }: FaultRig): Promise<void> {
  await redis.kill();
  await sleep(3_000);
  await redis.start();
}

export const FAULTS: Readonly<Record<string, Fault>> = {
  worker_kill: (rig) => breakWorker(rig, 'SIGKILL'),
  worker_stop: (rig) => breakWorker(rig, 'SIGSTOP'),
  door_kill: ({ a }) => a.restartDoor('kill'),
  async door_stop({ a }) {
    signal(a.doorPid, 'SIGSTOP');
    await sleep(STANDSTILL_MS);
    signal(a.doorPid, 'SIGCONT');
  },
  pump_kill: ({ a }) => a.restartPump('kill'),
  async pump_stop({ a }) {
    const hung = Promise.withResolvers<void>();
    const watch = watchPumpLink(a.linkPath, a.pumpPid, { onHung: hung.resolve });
    signal(a.pumpPid, 'SIGSTOP');
    await hung.promise;
    watch.stop();
    await a.restartPump('kill');
  },
  node_kill: killNode,
  node_kill_emergency: killNode,
  async node_stop({ a }) {
    const mend = await freeze(a);
    await sleep(FORGOTTEN_MS);
    await mend();
  },
  redis_kill: killRedis,
  redis_kill_stored_emergency: killRedis,
  async redis_stop({ redis }) {
    redis.pause();
    await sleep(SHORT_CUT_MS);
    redis.resume();
  },
  redis_flush: ({ redis }) => redis.send('FLUSHALL'),
  redis_partition: ({ relays }) => partition(relays.a, SHORT_CUT_MS),
  redis_partition_long: ({ relays }) => partition(relays.a, LONG_CUT_MS),
  async postgres_kill({ b }) {
    await b.database.stop();
    await sleep(3_000);
    await b.database.start();
  },
  async presenter_cut(rig) {
    const goOn = rig.cutPresenter();
    await sleep(3_000);
    goOn();
  },
  async presenter_node_kill(rig) {
    await rig.b.kill();
    // What its page does when its connection is gone; how long the browser takes to notice is not in the figure.
    await rig.presentAt(rig.a);
    await settle(rig);
    await rig.b.restart();
  },
  presenter_redis_partition: ({ relays }) => partition(relays.b, LONG_CUT_MS),
};
