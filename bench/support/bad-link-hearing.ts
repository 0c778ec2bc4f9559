import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findChirps, makeChirpSignal, RATE_HZ } from '../../receiver/test/support/chirps.ts';
import { readWav } from '../../receiver/test/support/sound.ts';
import { monotonicNow } from '../../receiver/test/support/sound-room.ts';
import { WAV_TIMES_SUFFIX } from '../../receiver/src/sinks/wav-sink.ts';
import { type LinkQuality, openBadLink } from './bad-link.ts';
import { startBenchStack } from './bench-stack.ts';
import { openChirpSource } from './chirp-source.ts';
import { progress, round, sleep } from './figures.ts';
import { localNow } from './listening-sink.ts';
import { endProcess } from './processes.ts';
import { spawnReceiver, untilReceivers, zoneIdOf } from './real-receiver.ts';
import { silentStretches } from './silent-stretches.ts';
import { matchChirps } from './skew.ts';
import { startBroadcast } from './stored-speech.ts';

const WARD = '26506';
const ID = 'bench-bad-link';
const JOIN_TIMEOUT_MS = 30_000;
const SETTLE_MS = 5_000;
/** The noise under the chirps is 15 dB above this; a hole of this length is heard. */
const HOLE = { levelDbfs: -60, shortestMs: 10 };

/** What a real receiver at the far end of a bad link plays of chirps over a noise, from a real pump; it plays into a file. */
export async function hearOverBadLink(
  quality: LinkQuality,
  { delayMs, seconds, packetsPath }: { delayMs: number; seconds: number; packetsPath?: string | undefined },
) {
  const link = await openBadLink(quality);
  const stack = await startBenchStack({ playoutDelayMs: delayMs, host: link.address });
  try {
    const signal = makeChirpSignal(seconds + 60);
    const source = await openChirpSource(stack, signal);
    const wavPath = join(stack.dataDir, 'heard.wav');
    await startBroadcast(stack, {
      title: 'chirps',
      source: { kind: 'live', sourceId: source.sourceId },
      zones: [zoneIdOf(stack, WARD)],
    });
    const receiver = spawnReceiver(stack, {
      id: ID,
      zone: WARD,
      settings: {
        RECEIVER_SINK: 'wav',
        RECEIVER_WAV_PATH: wavPath,
        ...(packetsPath === undefined ? {} : { RECEIVER_TRACE_PATH: packetsPath }),
      },
      before: link.commandThere,
    });
    let [fromMs, untilMs] = [0, 0];
    try {
      await untilReceivers(stack, { prefix: ID, count: 1, what: 'sounding', timeoutMs: JOIN_TIMEOUT_MS });
      await sleep(SETTLE_MS);
      fromMs = monotonicNow();
      progress(`listening over the bad link for ${seconds} s …`);
      await sleep(seconds * 1_000);
      untilMs = monotonicNow();
    } finally {
      await endProcess(receiver);
      await source.close();
    }
    const sound = readWav(wavPath);
    const startMs = readStart(wavPath);
    if (startMs > fromMs) throw new Error('the file was begun anew while it was listened to');
    const heard = findChirps(sound).map((at) => startMs + (at * 1_000) / RATE_HZ);
    const left = signal.starts.map((at) => source.leftAtMs(at));
    const markers = matchChirps(left, [heard]).filter(
      ({ leftAtMs }) => leftAtMs >= fromMs && leftAtMs < untilMs - delayMs - 1_000,
    );
    const from = Math.round((fromMs - startMs) * (RATE_HZ / 1_000));
    const until = Math.round((untilMs - 1_000 - startMs) * (RATE_HZ / 1_000));
    const gaps = silentStretches(sound.subarray(from, until), HOLE);
    const lost = markers.filter(({ heardAtMs }) => heardAtMs[0] === null).length;
    return {
      loss_pct: round(quality.loss * 100),
      delay_ms: delayMs,
      lost_markers: lost,
      n: markers.length,
      gaps: gaps.length,
      longest_gap_ms: Math.max(0, ...gaps),
      intact: lost === 0 && gaps.length === 0 && markers.length > 0,
    };
  } finally {
    await stack.close();
    await link.close();
  }
}

/** When the first sample of the file was heard, in ms of `monotonicNow`: server and bench are on one machine. */
function readStart(wavPath: string): number {
  const times = JSON.parse(readFileSync(`${wavPath}${WAV_TIMES_SUFFIX}`, 'utf8')) as {
    firstSampleServerTimeMs: number;
  };
  return times.firstSampleServerTimeMs - (localNow() - monotonicNow());
}
