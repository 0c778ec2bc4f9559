import type { ChildProcess } from 'node:child_process';
import type { Bench } from './run.ts';
import { openSoundRoom } from '../receiver/test/support/sound-room.ts';
import { type BenchStack, startBenchStack } from './support/bench-stack.ts';
import { percentile, progress, round, sleep } from './support/figures.ts';
import { cpuMsOf, endProcess, memoryOf } from './support/processes.ts';
import { spawnReceiver, untilReceivers, zoneIdOf } from './support/real-receiver.ts';
import { startBroadcast, stopBroadcast, toneWav, uploadSegment } from './support/stored-speech.ts';

const WARD = '26506';
/** After a change, until a process has compiled what it runs and cleared away what it needed for that. */
const SETTLE_MS = 10_000;
const SLICE_MS = 1_000;
const JOIN_TIMEOUT_MS = 120_000;
const SOUND_TIMEOUT_MS = 20_000;

/** Processor time and memory of one process over some seconds, in slices of one. */
async function measure(child: ChildProcess, seconds: number) {
  const pid = child.pid ?? 0;
  const [cpuPct, rssMb, ownMb]: [number[], number[], number[]] = [[], [], []];
  const [fromMs, cpuFromMs] = [performance.now(), cpuMsOf([pid])];
  let [lastMs, lastCpuMs] = [fromMs, cpuFromMs];
  for (let n = 0; n < seconds; n++) {
    await sleep(SLICE_MS);
    const [nowMs, cpuMs, memory] = [performance.now(), cpuMsOf([pid]), memoryOf(pid)];
    cpuPct.push(((cpuMs - lastCpuMs) / (nowMs - lastMs)) * 100);
    rssMb.push(memory.rssMb);
    ownMb.push(memory.ownMb);
    [lastMs, lastCpuMs] = [nowMs, cpuMs];
  }
  return {
    cpu_pct: round(((lastCpuMs - cpuFromMs) / (lastMs - fromMs)) * 100),
    cpu_p95_pct: round(percentile(cpuPct, 0.95), 1),
    rss_mb: round(percentile(rssMb, 1), 1),
    own_mb: round(percentile(ownMb, 1), 1),
    n: cpuPct.length,
  };
}

type Cost = Awaited<ReturnType<typeof measure>>;

/** A receiver, or several in one process, first while nothing is on air and then while it plays. */
async function measureBoth(
  stack: BenchStack,
  child: ChildProcess,
  { prefix, count, seconds, source }: { prefix: string; count: number; seconds: number; source: object },
): Promise<{ idle: Cost; playing: Cost }> {
  try {
    await untilReceivers(stack, { prefix, count, what: 'connected', timeoutMs: JOIN_TIMEOUT_MS });
    await sleep(SETTLE_MS);
    progress(`${prefix}: nothing on air …`);
    const idle = await measure(child, seconds);
    const { broadcastId } = await startBroadcast(stack, { title: 'cost', source, zones: [zoneIdOf(stack, WARD)] });
    await untilReceivers(stack, { prefix, count, what: 'sounding', timeoutMs: SOUND_TIMEOUT_MS });
    await sleep(SETTLE_MS);
    progress(`${prefix}: playing …`);
    const playing = await measure(child, seconds);
    // It was playing until the end.
    await untilReceivers(stack, { prefix, count, what: 'sounding', timeoutMs: SOUND_TIMEOUT_MS });
    await stopBroadcast(stack, broadcastId);
    return { idle, playing };
  } finally {
    await endProcess(child);
  }
}

/** What one receiver into PulseAudio costs, in percent of one core and megabytes; and many light ones in one process. */
export const bench: Bench = async (options) => {
  const seconds = Number(options.get('seconds') ?? 60);
  const light = Number(options.get('light') ?? 200);
  const room = await openSoundRoom(1);
  const stack = await startBenchStack({ playoutDelayMs: Number(options.get('delay') ?? 200) });
  try {
    const segment = await uploadSegment(stack, toneWav(seconds + 90, 500), 'cost');
    const source = { kind: 'segment', segmentId: segment.segmentId, durationMs: segment.durationMs };
    const one = spawnReceiver(stack, {
      id: 'bench-cost',
      zone: WARD,
      settings: { ...room.environmentOf(0), RECEIVER_SINK: 'pulse' },
    });
    const { idle, playing } = await measureBoth(stack, one, { prefix: 'bench-cost', count: 1, seconds, source });
    const many = spawnReceiver(stack, {
      id: 'bench-light',
      zone: WARD,
      settings: {},
      args: ['--fleet', String(light)],
    });
    const fleet = await measureBoth(stack, many, { prefix: 'bench-light', count: light, seconds, source });
    return {
      playing,
      idle,
      [`light${light}`]: { ...fleet.playing, cpu_pct_each: round(fleet.playing.cpu_pct / light, 3) },
      [`light${light}_idle`]: fleet.idle,
      seconds,
    };
  } finally {
    await stack.close();
    await room.close();
  }
};
