import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from './run.ts';
import { type FaultRig, startFaultRig } from './support/fault-rig.ts';
import { type Fault, FAULTS, IN_EMERGENCY, settle, STORED } from './support/faults.ts';
import { percentile, progress, round } from './support/figures.ts';
import { unrecordedMs } from './support/unrecorded.ts';

/** Records grow at least every 10 s. */
const RECORDS_WAIT_MS = 30_000;
/** The edges of records are in whole ms, and a packet may come while its moment is being played. */
const RECORD_TOLERANCE_MS = 300;

async function measure(rig: FaultRig, name: string, fault: Fault, rounds: number) {
  const gaps: number[] = [];
  let wrongMs = 0;
  await rig.begin(IN_EMERGENCY.has(name) ? 3 : 1, STORED.has(name));
  const beganMs = performance.now();
  // This process plays the voice and all receivers: what it does not hear while it stands still is no fault of a node.
  const loop = monitorEventLoopDelay({ resolution: 5 });
  loop.enable();
  let stallMs = 0;
  for (let n = 0; n < rounds; n++) {
    await rig.spread();
    await sleep(1_000);
    rig.heard.forget();
    loop.reset();
    progress(`${name}: round ${n + 1} begins at ${Date.now()}`);
    await fault(rig);
    await settle(rig);
    const heardGaps = rig.heard.gaps(performance.timeOrigin + performance.now());
    gaps.push(...heardGaps);
    wrongMs += rig.heard.wrongMs;
    stallMs = Math.max(stallMs, loop.max / 1e6);
    progress(
      `${name}: longest gap ${Math.max(...heardGaps)} ms, wrong ${rig.heard.wrongMs} ms, stall ${round(loop.max / 1e6, 0)} ms`,
    );
  }
  loop.disable();
  const tookMs = performance.now() - beganMs;
  const result = {
    gap_p50_ms: round(percentile(gaps, 0.5), 0),
    gap_p99_ms: round(percentile(gaps, 0.99), 0),
    gap_max_ms: round(percentile(gaps, 1), 0),
    wrong_audio_ms: wrongMs,
    ...(await lostRecords(rig)),
    n: gaps.length,
    stall_ms: round(stallMs, 0),
    round_s: round(tookMs / rounds / 1_000, 1),
  };
  progress(`${name}: ${JSON.stringify(result)}`);
  return result;
}

/** Receivers that have heard what stands in no record in the database, and how much that is; records need their time. */
async function lostRecords({ b, broadcastId, heard }: FaultRig) {
  const until = performance.timeOrigin + performance.now();
  const slots = new Map([...heard.slots].map(([receiver, times]) => [receiver, new Map(times)]));
  for (;;) {
    const rows = await b.prisma.playoutRecord.findMany({ where: { broadcastId } });
    const missing = [...slots]
      .map(([id, times]) =>
        unrecordedMs(
          times,
          rows.filter(({ receiverId }) => receiverId === id),
        ),
      )
      .filter((ms) => ms > RECORD_TOLERANCE_MS);
    const waitedMs = performance.timeOrigin + performance.now() - until;
    if (missing.length === 0 || waitedMs > RECORDS_WAIT_MS)
      return {
        lost_records: missing.length,
        unrecorded_ms: round(
          missing.reduce((sum, ms) => sum + ms, 0),
          0,
        ),
      };
    await sleep(500);
  }
}

/** What receivers of two nodes hear of a voice while one part after the other is broken. */
export const bench: Bench = async (options) => {
  const receivers = Number(options.get('receivers') ?? 50);
  const rounds = Number(options.get('rounds') ?? 10);
  const secondPaths = options.get('second') !== 'no';
  const names = options.get('only')?.split(',') ?? Object.keys(FAULTS);
  const unknown = names.filter((name) => !(name in FAULTS));
  if (unknown.length > 0)
    throw new Error(`no such fault: ${unknown.join()}; there are ${Object.keys(FAULTS).join(', ')}`);
  const rig = await startFaultRig({ receivers, secondPaths });
  try {
    const faults: Record<string, Awaited<ReturnType<typeof measure>>> = {};
    for (const name of names) faults[name] = await measure(rig, name, FAULTS[name] as Fault, rounds);
    const sum = (key: 'lost_records' | 'wrong_audio_ms') =>
      Object.values(faults).reduce((total, fault) => total + fault[key], 0);
    return {
      receivers,
      rounds,
      second_paths: secondPaths,
      faults,
      lost_records: sum('lost_records'),
      wrong_audio_ms: sum('wrong_audio_ms'),
    };
  } finally {
    await rig.close();
  }
};
