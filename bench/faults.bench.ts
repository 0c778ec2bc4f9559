import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from './run.ts';
import { watchPumpLink } from '../sfu/src/guard/pump-link-watch.ts';
import { type FaultRig, startFaultRig } from './support/fault-rig.ts';
import { percentile, progress, round } from './support/figures.ts';

/** After a fault everybody has found their way again, ms; what is silent then counts as silent until then. */
const SETTLE_MS = 6_000;
/** Records grow at least every 10 s. */
const RECORDS_WAIT_MS = 30_000;

/** Does it, waits, and mends what has to be mended for the next round. */
type Fault = (rig: FaultRig) => Promise<unknown>;

const signal = (pid: number, name: NodeJS.Signals) => process.kill(pid, name);

/** A pump whose workers die more than five times a minute ends itself, which is another fault: the sixth waits. */
const DEATHS_IN_A_ROW = 5;
const DEATHS_PERIOD_MS = 61_000;
const deaths: number[] = [];
async function breakWorker(rig: FaultRig, name: NodeJS.Signals): Promise<void> {
  deaths.push(performance.now());
  signal(rig.workerPid(), name);
}
const untilWorkerMayDie = () => {
  const last = deaths.at(-DEATHS_IN_A_ROW);
  return sleep(last === undefined ? 0 : Math.max(0, last + DEATHS_PERIOD_MS - performance.now()));
};

async function killNode({ a }: FaultRig): Promise<void> {
  await a.kill();
  await sleep(SETTLE_MS);
  await a.restart();
}

const FAULTS: Readonly<Record<string, Fault>> = {
  worker_kill: (rig) => breakWorker(rig, 'SIGKILL'),
  worker_stop: (rig) => breakWorker(rig, 'SIGSTOP'),
  door_kill: ({ a }) => a.restartDoor('kill'),
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
  async redis_kill({ redis }) {
    await redis.kill();
    await sleep(3_000);
    await redis.start();
  },
  async redis_stop({ redis }) {
    redis.pause();
    await sleep(4_000);
    redis.resume();
  },
  redis_flush: ({ redis }) => redis.send('FLUSHALL'),
  async redis_partition({ relay }) {
    relay.mute();
    await sleep(4_000);
    relay.heal();
  },
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
};

/** With an emergency on air instead of a voice of every day. */
const FAULTS_IN_EMERGENCY: Readonly<Record<string, Fault>> = {
  node_kill_emergency: killNode,
};

async function measure(rig: FaultRig, name: string, fault: Fault, rounds: number) {
  const gaps: number[] = [];
  let wrongMs = 0;
  for (let n = 0; n < rounds; n++) {
    if (name.startsWith('worker')) await untilWorkerMayDie();
    await rig.spread();
    await sleep(1_000);
    rig.heard.forget();
    progress(`${name}: round ${n + 1} begins at ${Date.now()}`);
    await fault(rig);
    await sleep(SETTLE_MS);
    gaps.push(...rig.heard.gaps(performance.timeOrigin + performance.now()));
    wrongMs += rig.heard.wrongMs;
  }
  const result = {
    gap_p50_ms: round(percentile(gaps, 0.5), 0),
    gap_p99_ms: round(percentile(gaps, 0.99), 0),
    gap_max_ms: round(percentile(gaps, 1), 0),
    wrong_audio_ms: wrongMs,
    n: gaps.length,
  };
  progress(`${name}: ${JSON.stringify(result)}`);
  return result;
}

/** Receivers of which the database has no record of the broadcast. */
async function lostRecords({ b, broadcastId, heard }: FaultRig): Promise<number> {
  const deadline = Date.now() + RECORDS_WAIT_MS;
  for (;;) {
    const rows = await b.prisma.playoutRecord.findMany({ where: { broadcastId }, distinct: ['receiverId'] });
    const lost = heard.receivers - rows.length;
    if (lost === 0 || Date.now() > deadline) return lost;
    await sleep(500);
  }
}

/** What receivers of two nodes hear of a voice while one part after the other is broken. */
export const bench: Bench = async (options) => {
  const receivers = Number(options.get('receivers') ?? 50);
  const rounds = Number(options.get('rounds') ?? 10);
  const secondPaths = options.get('second') !== 'no';
  const all = Object.keys({ ...FAULTS, ...FAULTS_IN_EMERGENCY });
  const names = options.get('only')?.split(',') ?? all;
  const unknown = names.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new Error(`no such fault: ${unknown}; there are ${all.join(', ')}`);
  const faults: Record<string, object> = {};
  let lost = 0;
  for (const [level, kind] of [[1, FAULTS] as const, [3, FAULTS_IN_EMERGENCY] as const]) {
    const chosen = Object.entries(kind).filter(([name]) => names.includes(name));
    if (chosen.length === 0) continue;
    const rig = await startFaultRig({ receivers, level, secondPaths });
    try {
      for (const [name, fault] of chosen) faults[name] = await measure(rig, name, fault, rounds);
      lost += await lostRecords(rig);
    } finally {
      await rig.close();
    }
  }
  return { receivers, rounds, second_paths: secondPaths, faults, lost_records: lost };
};
