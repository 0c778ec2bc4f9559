import type { Bench } from './run.ts';
import { freePort } from '../e2e/support/free-port.ts';
import { type BenchStack, startBenchStack } from './support/bench-stack.ts';
import { deskOrigin, openDeskPage } from './support/desk-page.ts';
import { percentile, progress, round, sleep } from './support/figures.ts';
import { type ListeningFleet, openListeningFleet } from './support/heard.ts';
import { localNow } from './support/listening-sink.ts';
import { startBroadcast, stopBroadcast } from './support/stored-speech.ts';

const SOUND_TIMEOUT_MS = 10_000;

/** One start; `atMs` in server time. */
interface Start {
  readonly atMs: number;
  readonly tag: number;
  stop(): Promise<void>;
}

/** The tag of what the page has just started: pages do not tell it. */
async function liveTag(stack: BenchStack): Promise<number> {
  for (const deadline = Date.now() + SOUND_TIMEOUT_MS; Date.now() < deadline; await sleep(50)) {
    const answer = (await (await stack.api('/api/v1/broadcasts')).json()) as { broadcasts: Array<{ tag: number }> };
    const [live] = answer.broadcasts;
    if (live) return live.tag;
  }
  throw new Error('nothing is on air after the press');
}

/** Starts again and again; how long it took until the first sound, at every receiver. */
async function measure(listening: ListeningFleet, rounds: number, start: () => Promise<Start>): Promise<number[]> {
  const latencies: number[] = [];
  for (let n = 0; n < rounds; n++) {
    listening.forget();
    // Not in step with the frames.
    await sleep(300 + Math.random() * 40);
    const { atMs, tag, stop } = await start();
    await listening.untilAllSound(tag, SOUND_TIMEOUT_MS);
    latencies.push(...listening.firstSounds(tag).map((soundAtMs) => soundAtMs - atMs));
    await stop();
    await listening.untilNoneSounds(SOUND_TIMEOUT_MS);
    progress(`${n + 1} of ${rounds}: median ${round(percentile(latencies, 0.5), 1)} ms`);
  }
  return latencies;
}

/** The press of the button in a real browser until the first sound of its microphone at every receiver. */
export const bench: Bench = async (options) => {
  const receivers = Number(options.get('receivers') ?? 200);
  const rounds = Number(options.get('rounds') ?? 20);
  const studioPort = await freePort();
  const stack = await startBenchStack({
    playoutDelayMs: Number(options.get('delay') ?? 60),
    studioOrigins: deskOrigin(studioPort),
  });
  try {
    const root = stack.zones.find(({ parentId }) => parentId === null);
    const listening = await openListeningFleet(stack, receivers);
    const desk = await openDeskPage(stack, studioPort, root?.code ?? '');
    try {
      let clockErrorMs = 0;
      const pressed = await measure(listening, rounds, async () => {
        const { atMs, errorMs } = await desk.press();
        clockErrorMs = Math.max(clockErrorMs, errorMs);
        return { atMs: listening.clock.toServer(atMs), tag: await liveTag(stack), stop: () => desk.stop() };
      });
      progress('the same microphone, started by the HTTP API …');
      const source = { kind: 'live', sourceId: await desk.sourceId() };
      const asked = await measure(listening, rounds, async () => {
        const atMs = listening.clock.toServer(localNow());
        const { broadcastId, tag } = await startBroadcast(stack, { title: 'live', source, zones: [root?.id ?? ''] });
        return { atMs, tag, stop: () => stopBroadcast(stack, broadcastId) };
      });
      return {
        p50_ms: round(percentile(pressed, 0.5), 1),
        p99_ms: round(percentile(pressed, 0.99), 1),
        max_ms: round(percentile(pressed, 1), 1),
        n: pressed.length,
        page_clock_error_ms: round(clockErrorMs, 2),
        http_p50_ms: round(percentile(asked, 0.5), 1),
        http_p99_ms: round(percentile(asked, 0.99), 1),
        receivers,
        rounds,
      };
    } finally {
      await desk.close();
      await listening.close();
    }
  } finally {
    await stack.close();
  }
};
