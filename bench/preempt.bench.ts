import type { Bench } from './run.ts';
import { type BenchStack, startBenchStack } from './support/bench-stack.ts';
import { percentile, progress, round, sleep } from './support/figures.ts';
import { openListeningFleet } from './support/heard.ts';
import { startBroadcast, stopBroadcast, toneWav, uploadSegment } from './support/stored-speech.ts';

const EMERGENCY = 3;
const HELD_MS = 800;

/** One size: a programme on the whole city, taken by a stored emergency again and again. */
async function measure(stack: BenchStack, receivers: number, rounds: number, segments: { low: object; high: object }) {
  const listening = await openListeningFleet(stack, receivers);
  const root = stack.zones.find(({ parentId }) => parentId === null)?.id ?? '';
  const latencies: number[] = [];
  let wrongMs = 0;
  try {
    const low = await startBroadcast(stack, { title: 'programme', source: segments.low, zones: [root] });
    await listening.untilAllSound(low.tag, 10_000);
    for (let n = 0; n < rounds; n++) {
      listening.forget();
      // Not in step with the frames.
      await sleep(300 + Math.random() * 40);
      const commandAt = listening.clock.now();
      const emergency = await startBroadcast(stack, {
        title: 'emergency',
        source: segments.high,
        zones: [root],
        level: EMERGENCY,
      });
      await listening.untilAllSound(emergency.tag, 10_000);
      await sleep(HELD_MS);
      const stopAt = listening.clock.now();
      latencies.push(...listening.firstSounds(emergency.tag).map((at) => at - commandAt));
      wrongMs += listening.wrongMs(emergency.tag, stopAt);
      await stopBroadcast(stack, emergency.broadcastId);
      await listening.untilAllSound(low.tag, 10_000);
    }
    await stopBroadcast(stack, low.broadcastId);
  } finally {
    await listening.close();
  }
  progress(`${receivers} receivers: median ${round(percentile(latencies, 0.5), 1)} ms`);
  return {
    p50_ms: round(percentile(latencies, 0.5), 1),
    p95_ms: round(percentile(latencies, 0.95), 1),
    p99_ms: round(percentile(latencies, 0.99), 1),
    max_ms: round(percentile(latencies, 1), 1),
    wrong_ms: round(wrongMs, 1),
    n: latencies.length,
  };
}

/** Emergency command over HTTP, at the first node, until the first sample of the emergency is heard at every receiver of every node. */
export const bench: Bench = async (options) => {
  const sizes = (options.get('receivers') ?? '20,200').split(',').map(Number);
  const rounds = Number(options.get('rounds') ?? 20);
  const nodes = Number(options.get('nodes') ?? 1);
  const playoutDelayMs = Number(options.get('delay') ?? 60);
  const stack = await startBenchStack({ playoutDelayMs, nodes });
  try {
    const [low, high] = [
      await uploadSegment(stack, toneWav(600, 300), 'low'),
      await uploadSegment(stack, toneWav(60, 800), 'high'),
    ];
    const sourceOf = ({ segmentId, durationMs }: typeof low) => ({ kind: 'segment', segmentId, durationMs });
    const results: Record<string, Awaited<ReturnType<typeof measure>>> = {};
    for (const size of sizes)
      results[size] = await measure(stack, size, rounds, { low: sourceOf(low), high: sourceOf(high) });
    const medians = sizes.map((size) => results[size]?.p50_ms ?? Number.NaN);
    const wrong = Object.values(results).reduce((sum, { wrong_ms }) => sum + wrong_ms, 0);
    return {
      delay_ms: playoutDelayMs,
      receivers: results,
      ratio_p50: round((medians.at(-1) ?? Number.NaN) / (medians[0] ?? Number.NaN)),
      wrong_ms: wrong,
      nodes,
      rounds,
    };
  } finally {
    await stack.close();
  }
};
