import type { Bench } from './run.ts';
import { startBenchStack } from './support/bench-stack.ts';
import { percentile, progress, round, sleep } from './support/figures.ts';
import { openListeningFleet } from './support/heard.ts';
import { cpuMsOf } from './support/processes.ts';
import { startBroadcast, toneWav, uploadSegment } from './support/stored-speech.ts';

/** What one consumer of a broadcast gets in a second: 20 ms frames. */
const PACKETS_PER_S = 50;
/** A worker that is loaded further has nothing left for a burst. */
const SAFE_LOAD = 0.7;
const SLICE_S = 5;

interface Load {
  readonly nodes: number;
  /** Of each node. */
  readonly workers: number;
  /** Of all. */
  readonly receivers: number;
  readonly seconds: number;
  /** Whether each receiver also holds a second path, on which nothing is on air. */
  readonly secondPaths: boolean;
}

interface Measured {
  /** Processor time for each packet sent, µs, one for each slice of time. */
  readonly perPacket: readonly number[];
  readonly sent: number;
  readonly lost: number;
  readonly measuredS: number;
  /** Of one core, while nothing is on air. */
  readonly idlePct: number;
}

/**
 * Processor time of the media workers for each SRTP packet of sound that they send to a receiver. Packets are counted where they
 * arrive, and those that the numbers of the others show to be lost on the way are added: they were sent too.
 */
async function measure({ nodes, workers, receivers, seconds, secondPaths }: Load): Promise<Measured> {
  const stack = await startBenchStack({ nodes, workers });
  try {
    const listening = await openListeningFleet(stack, receivers, secondPaths);
    const segment = await uploadSegment(stack, toneWav(seconds + 60, 500), 'density');
    const root = stack.zones.find(({ parentId }) => parentId === null)?.id ?? '';
    const source = { kind: 'segment', segmentId: segment.segmentId, durationMs: segment.durationMs };
    const cpuMs = () => cpuMsOf(stack.workerPids());
    const idleBefore = cpuMs();
    await sleep(SLICE_S * 1_000);
    const idlePct = (cpuMs() - idleBefore) / (SLICE_S * 10);
    const { tag } = await startBroadcast(stack, { title: 'density', source, zones: [root] });
    await listening.untilAllSound(tag, 10_000);
    const perPacket: number[] = [];
    const begin = { ...listening.counted(), at: performance.now() };
    for (let slice = 0; slice < seconds / SLICE_S; slice++) {
      const cpuBefore = cpuMs();
      const before = listening.counted();
      await sleep(SLICE_S * 1_000);
      const after = listening.counted();
      const sent = after.arrived + after.lost - before.arrived - before.lost;
      perPacket.push(((cpuMs() - cpuBefore) * 1_000) / sent);
      progress(`${sent} packets, ${round(perPacket.at(-1) ?? 0)} µs each`);
    }
    const end = listening.counted();
    const [arrived, lost] = [end.arrived - begin.arrived, end.lost - begin.lost];
    const measuredS = (performance.now() - begin.at) / 1_000;
    await listening.close();
    return { perPacket, sent: arrived + lost, lost, measuredS, idlePct };
  } finally {
    await stack.close();
  }
}

const figuresOf = (perPacket: readonly number[]) => {
  const us = percentile(perPacket, 0.5);
  return {
    us_per_packet: round(us),
    consumers_per_core: Math.floor((SAFE_LOAD * 1e6) / (us * PACKETS_PER_S)),
    n: perPacket.length,
  };
};

/**
 * Audio consumers for each core of the media workers, each of which has as many receivers as are asked for. With several nodes or workers
 * also those of one worker alone, measured before and after, so that what the machine does meanwhile falls on both alike; `ratio`: of
 * the two.
 */
export const bench: Bench = async (options) => {
  const receivers = Number(options.get('receivers') ?? 200);
  const seconds = Number(options.get('seconds') ?? 30);
  const [nodes, workers] = [Number(options.get('nodes') ?? 1), Number(options.get('workers') ?? 1)];
  const isSpread = nodes > 1 || workers > 1;
  const total = receivers * nodes * workers;
  const secondPaths = nodes > 1 && options.get('second') !== 'no';
  const alone = () => measure({ nodes: 1, workers: 1, receivers, seconds, secondPaths: false });
  const before = isSpread ? await alone() : null;
  const of = await measure({ nodes, workers, receivers: total, seconds, secondPaths });
  const after = isSpread ? await alone() : null;
  const figures = figuresOf(of.perPacket);
  const single = figuresOf([before, after].flatMap((one) => one?.perPacket ?? []));
  return {
    ...figures,
    packets_sent: of.sent,
    packets_lost: of.lost,
    packets_per_s_each: round(of.sent / of.measuredS / total),
    idle_worker_pct: round(of.idlePct, 1),
    receivers_per_worker: receivers,
    receivers: total,
    nodes,
    workers,
    second_paths: secondPaths,
    ...(isSpread ? { single, ratio: round(single.us_per_packet / figures.us_per_packet) } : {}),
  };
};
