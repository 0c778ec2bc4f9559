import type { Bench } from './run.ts';
import { startBenchStack } from './support/bench-stack.ts';
import { openClickPage } from './support/click-page.ts';
import { percentile, progress, round, sleep } from './support/figures.ts';
import { openListeningFleet } from './support/heard.ts';
import { startBroadcast, stopBroadcast } from './support/stored-speech.ts';

/** The start command (what the button sends) until the first sound of a live microphone at every receiver. */
export const bench: Bench = async (options) => {
  const receivers = Number(options.get('receivers') ?? 200);
  const rounds = Number(options.get('rounds') ?? 20);
  const page = await openClickPage();
  const stack = await startBenchStack({
    playoutDelayMs: Number(options.get('delay') ?? 60),
    studioOrigins: page.origin,
  });
  try {
    const sourceId = await page.publish(stack.url, stack.token);
    const listening = await openListeningFleet(stack, receivers);
    const root = stack.zones.find(({ parentId }) => parentId === null)?.id ?? '';
    const latencies: number[] = [];
    for (let n = 0; n < rounds; n++) {
      listening.forget();
      await sleep(300 + Math.random() * 40);
      const pressedAt = listening.fleet.clock.now();
      const { broadcastId, tag } = await startBroadcast(stack, {
        title: 'live',
        source: { kind: 'live', sourceId },
        zones: [root],
      });
      await listening.untilAllSound(tag, 10_000);
      latencies.push(...listening.firstSounds(tag).map((at) => at - pressedAt));
      await stopBroadcast(stack, broadcastId);
      await listening.untilNoneSounds(10_000);
      progress(`${n + 1} of ${rounds}`);
    }
    await listening.fleet.close();
    return {
      p50_ms: round(percentile(latencies, 0.5), 1),
      p99_ms: round(percentile(latencies, 0.99), 1),
      max_ms: round(percentile(latencies, 1), 1),
      n: latencies.length,
      receivers,
      rounds,
    };
  } finally {
    await page.close();
    await stack.close();
  }
};
