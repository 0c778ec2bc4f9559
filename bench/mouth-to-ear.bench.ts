import { join } from 'node:path';
import { pino } from 'pino';
import { startReceiver } from '../receiver/src/receiver.ts';
import { readReceiverConfig } from '../receiver/src/config.ts';
import type { Bench } from './run.ts';
import { startBenchStack } from './support/bench-stack.ts';
import { openClickPage } from './support/click-page.ts';
import { percentile, progress, round, sleep } from './support/figures.ts';
import { createListeningSink } from './support/listening-sink.ts';
import { gapAfter, LONGEST_DELAY_MS, matchClicks } from './support/match-clicks.ts';
import { startBroadcast } from './support/stored-speech.ts';

const WARD = '26506';

/** Clicks made in a page at known times, through WHIP, stamp, bus and WHEP, until they leave a receiver's sink. */
export const bench: Bench = async (options) => {
  const count = Number(options.get('clicks') ?? 120);
  const playoutDelayMs = Number(options.get('delay') ?? 60);
  const page = await openClickPage();
  const stack = await startBenchStack({ playoutDelayMs, studioOrigins: page.origin });
  const sink = createListeningSink();
  const config = readReceiverConfig({
    RECEIVER_ID: 'bench-ear',
    RECEIVER_ZONE: WARD,
    RECEIVER_DOOR_URL: stack.url,
    RECEIVER_TOKEN: stack.token,
    RECEIVER_SINK: 'null',
    RECEIVER_DATA_DIR: join(stack.dataDir, 'ear'),
  });
  const receiver = await startReceiver(config, pino({ level: 'warn' }), sink);
  try {
    const sourceId = await page.publish(stack.url, stack.token);
    const zone = stack.zones.find(({ code }) => code === WARD);
    await sleep(3_000);
    await startBroadcast(stack, { title: 'clicks', source: { kind: 'live', sourceId }, zones: [zone?.id ?? ''] });
    await sleep(1_500);
    progress(`clicking ${count} times …`);
    const emitted = await page.click(Array.from({ length: count }, (_, index) => gapAfter(index)));
    await sleep(LONGEST_DELAY_MS);
    const latencies = matchClicks(emitted, sink.clicks).filter((latency) => latency !== null);
    return {
      delay_ms: playoutDelayMs,
      p50_ms: round(percentile(latencies, 0.5), 1),
      p95_ms: round(percentile(latencies, 0.95), 1),
      max_ms: round(percentile(latencies, 1), 1),
      n: latencies.length,
      lost: emitted.length - latencies.length,
    };
  } finally {
    await receiver.close();
    await page.close();
    await stack.close();
  }
};
