import type { Bench } from './run.ts';
import { cpuMsOf, startBenchStack } from './support/bench-stack.ts';
import { percentile, progress, round, sleep } from './support/figures.ts';
import { openListeningFleet } from './support/heard.ts';
import { startBroadcast, toneWav, uploadSegment } from './support/stored-speech.ts';

/** What one consumer of a broadcast gets in a second: 20 ms frames. */
const PACKETS_PER_S = 50;
/** A worker that is loaded further has nothing left for a burst. */
const SAFE_LOAD = 0.7;
const SLICE_S = 5;

/**
 * Processor time of the media worker for each SRTP packet of sound that it sends to a receiver. Packets are counted where they
 * arrive, and those that the numbers of the others show to be lost on the way are added: they were sent too.
 */
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
    const begin = { ...listening.counted(), at: performance.now() };
    for (let slice = 0; slice < seconds / SLICE_S; slice++) {
      const cpuBefore = cpuMsOf(stack.workerPid());
      const before = listening.counted();
      await sleep(SLICE_S * 1_000);
      const after = listening.counted();
      const sent = after.arrived + after.lost - before.arrived - before.lost;
      perPacket.push(((cpuMsOf(stack.workerPid()) - cpuBefore) * 1_000) / sent);
      progress(`${sent} packets, ${round(perPacket.at(-1) ?? 0)} µs each`);
    }
    const end = listening.counted();
    const [arrived, lost] = [end.arrived - begin.arrived, end.lost - begin.lost];
    const measuredS = (performance.now() - begin.at) / 1_000;
    await listening.fleet.close();
    const us = percentile(perPacket, 0.5);
    return {
      us_per_packet: round(us),
      consumers_per_core: Math.floor((SAFE_LOAD * 1e6) / (us * PACKETS_PER_S)),
      packets_sent: arrived + lost,
      packets_lost: lost,
      packets_per_s_each: round((arrived + lost) / measuredS / receivers),
      idle_worker_pct: round(idlePct, 1),
      receivers,
      n: perPacket.length,
    };
  } finally {
    await stack.close();
  }
};
