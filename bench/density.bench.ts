import type { Bench } from './run.ts';
import { cpuMsOf, startBenchStack } from './support/bench-stack.ts';
import { percentile, progress, round, sleep } from './support/figures.ts';
import { openListeningFleet } from './support/heard.ts';
import { startBroadcast, toneWav, uploadSegment } from './support/stored-speech.ts';

const PACKETS_PER_S = 50;
/** A worker that is loaded further has nothing left for a burst. */
const SAFE_LOAD = 0.7;
const SLICE_S = 5;

/** Processor time of the media worker for each SRTP packet that it sends to a receiver, 20 ms frames. */
export const bench: Bench = async (options) => {
  const receivers = Number(options.get('receivers') ?? 200);
  const seconds = Number(options.get('seconds') ?? 30);
  const stack = await startBenchStack();
  try {
    const listening = await openListeningFleet(stack, receivers);
    const segment = await uploadSegment(stack, toneWav(seconds + 60, 500), 'density');
    const root = stack.zones.find(({ parentId }) => parentId === null)?.id ?? '';
    const source = { kind: 'segment', segmentId: segment.segmentId, durationMs: segment.durationMs };
    const idleBefore = cpuMsOf(stack.workerPid());
    await sleep(SLICE_S * 1_000);
    const idlePct = (cpuMsOf(stack.workerPid()) - idleBefore) / (SLICE_S * 10);
    const { tag } = await startBroadcast(stack, { title: 'density', source, zones: [root] });
    await listening.untilAllSound(tag, 10_000);
    const perPacket: number[] = [];
    for (let slice = 0; slice < seconds / SLICE_S; slice++) {
      const cpuBefore = cpuMsOf(stack.workerPid());
      const startedAt = performance.now();
      await sleep(SLICE_S * 1_000);
      const sent = (receivers * PACKETS_PER_S * (performance.now() - startedAt)) / 1_000;
      perPacket.push(((cpuMsOf(stack.workerPid()) - cpuBefore) * 1_000) / sent);
      progress(`${round(perPacket.at(-1) ?? 0)} µs a packet`);
    }
    await listening.fleet.close();
    const us = percentile(perPacket, 0.5);
    return {
      us_per_packet: round(us),
      consumers_per_core: Math.floor((SAFE_LOAD * 1e6) / (us * PACKETS_PER_S)),
      idle_worker_pct: round(idlePct, 1),
      receivers,
      n: perPacket.length,
    };
  } finally {
    await stack.close();
  }
};
