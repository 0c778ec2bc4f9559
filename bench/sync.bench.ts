import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Bench } from './run.ts';
import { type LinkQuality, openBadLink } from './support/bad-link.ts';
import { type BenchStack, startBenchStack } from './support/bench-stack.ts';
import { openChirpSource } from './support/chirp-source.ts';
import { type ChirpSignal, findChirps, makeChirpSignal, RATE_HZ } from '../receiver/test/support/chirps.ts';
import { percentile, progress, round, sleep } from './support/figures.ts';
import { cpuMsOf, endProcess } from './support/processes.ts';
import { lockSeconds, matchChirps, skewOf } from './support/skew.ts';
import { type HeardSound, monotonicNow, openSoundRoom, type SoundRoom } from '../receiver/test/support/sound-room.ts';

const ROOT = resolve(import.meta.dirname, '..');
const WARD = '26506';
const SPEAKERS = 2;
/** From here on after the first sound skew counts as that of steady running; before it there is `lock_s`. */
const SETTLE_MS = 10_000;
/** In step means within the aim of the case, for so many chirps in a row: two seconds of them. */
const IN_STEP_CHIRPS = 4;
const FLOOR_SECONDS = 8;

interface Case {
  /** Clocks of the virtual cards, in parts per million; null: both loudspeakers at one card. */
  readonly cardPpm: readonly number[] | null;
  /** Between the server and the last receiver; null: all are at one machine. */
  readonly link: LinkQuality | null;
  readonly aimMs: number;
}

const CASES: Readonly<Record<string, Case>> = {
  clean: { cardPpm: null, link: null, aimMs: 0.15 },
  drift: { cardPpm: [0, 50], link: null, aimMs: 0.5 },
  impaired: { cardPpm: null, link: { delayMs: 20, jitterMs: 10, loss: 0.02 }, aimMs: 1 },
};

const timesOf = ({ samples, startMs, samplesPerMs }: HeardSound): number[] =>
  findChirps(samples).map((at) => startMs + at / samplesPerMs);

/** The rig's own error: one stream into all loudspeakers. */
async function measureFloor(room: SoundRoom): Promise<number | null> {
  if (room.playToAll === null) return null;
  const signal = makeChirpSignal(FLOOR_SECONDS);
  const fromMs = monotonicNow();
  await room.playToAll(signal.samples);
  await sleep(500);
  const left = signal.starts.map((at) => fromMs + (at * 1_000) / RATE_HZ);
  const skews = matchChirps(left, room.heard().map(timesOf)).map(skewOf);
  return Math.max(...skews.filter((skew) => skew !== null));
}

function startReceiver(stack: BenchStack, room: SoundRoom, speaker: number, before: readonly string[]): ChildProcess {
  const env = {
    ...process.env,
    ...room.environmentOf(speaker),
    RECEIVER_ID: `bench-speaker-${speaker}`,
    RECEIVER_ZONE: WARD,
    RECEIVER_DOOR_URL: stack.url,
    RECEIVER_TOKEN: stack.token,
    RECEIVER_SINK: 'pulse',
    RECEIVER_DATA_DIR: join(stack.dataDir, `speaker-${speaker}`),
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'warn',
  };
  const [command = process.execPath, ...args] = [...before, process.execPath, join(ROOT, 'receiver/src/main.ts')];
  return spawn(command, args, { env, stdio: ['ignore', 'inherit', 'inherit'] });
}

/** Receivers that begin in the middle of a broadcast; what comes out of their loudspeakers, on one clock. */
async function measure(
  { cardPpm, link: quality, aimMs }: Case,
  {
    signal,
    seconds,
    delayMs,
    tracePath,
  }: { signal: ChirpSignal; seconds: number; delayMs: number; tracePath: string | undefined },
) {
  const room = await openSoundRoom(SPEAKERS, cardPpm);
  const floorMs = await measureFloor(room);
  const link = quality === null ? null : await openBadLink(quality);
  const stack = await startBenchStack({ playoutDelayMs: delayMs, ...(link ? { host: link.address } : {}) });
  const source = await openChirpSource(stack, signal);
  const zones = [stack.zones.find(({ code }) => code === WARD)?.id ?? ''];
  const request = {
    id: 'sync',
    key: 'sync-key-of-the-bench',
    title: 'chirps',
    level: 1,
    authority: 1,
    mode: 'replace',
    wait: false,
  };
  const started = await stack.api('/api/v1/broadcasts', {
    ...request,
    zones,
    source: { kind: 'live', sourceId: source.sourceId },
  });
  if (started.status !== 201) throw new Error(`start: ${started.status} ${await started.text()}`);
  const receivers = Array.from({ length: SPEAKERS }, (_, speaker) =>
    startReceiver(stack, room, speaker, speaker === SPEAKERS - 1 ? (link?.commandThere ?? []) : []),
  );
  try {
    await sleep(SETTLE_MS);
    const cpuBefore = receivers.map(({ pid }) => cpuMsOf([pid ?? 0]));
    room.takeStallMs();
    progress(`listening for ${seconds} s …`);
    await sleep(seconds * 1_000);
    const stallMs = room.takeStallMs();
    const cpuPct = receivers.map(({ pid }, n) => (cpuMsOf([pid ?? 0]) - (cpuBefore[n] ?? 0)) / (seconds * 10));
    const endMs = monotonicNow() - delayMs - 1_000;
    const heard = room.heard().map(timesOf);
    const left = signal.starts.map((at) => source.leftAtMs(at)).filter((at) => at < endMs);
    const chirps = matchChirps(left, heard);
    const first = chirps.findIndex((chirp) => skewOf(chirp) !== null);
    const steadyFromMs = (chirps[first]?.leftAtMs ?? Number.NaN) + SETTLE_MS;
    const steady = chirps.filter(({ leftAtMs }) => leftAtMs >= steadyFromMs);
    const skews = steady.map(skewOf).filter((skew) => skew !== null);
    const delays = steady.flatMap(({ leftAtMs, heardAtMs }) =>
      heardAtMs.filter((at) => at !== null).map((at) => at - leftAtMs),
    );
    if (tracePath !== undefined) writeFileSync(tracePath, JSON.stringify(chirps));
    return {
      skew_p50_ms: round(percentile(skews, 0.5), 3),
      skew_p95_ms: round(percentile(skews, 0.95), 3),
      skew_max_ms: round(percentile(skews, 1), 3),
      e2e_ms: round(percentile(delays, 0.5), 1),
      lock_s: round(lockSeconds(chirps, aimMs, IN_STEP_CHIRPS) ?? Number.NaN),
      lost_markers: steady.length * SPEAKERS - delays.length,
      n: skews.length,
      floor_ms: floorMs === null ? null : round(floorMs, 4),
      stall_ms: round(stallMs, 0),
      receiver_cpu_pct: round(Math.max(...cpuPct), 1),
    };
  } finally {
    await Promise.all(receivers.map(endProcess));
    await source.close();
    await stack.close();
    await link?.close();
    await room.close();
  }
}

/** How far apart two real receivers play the same sample, each into its own loudspeaker. */
export const bench: Bench = async (options) => {
  const seconds = Number(options.get('seconds') ?? 120);
  const delayMs = Number(options.get('delay') ?? 200);
  // When each chirp was heard at each loudspeaker, for finding out where the time goes.
  const tracePath = options.get('trace');
  const names = options.get('case')?.split(',') ?? Object.keys(CASES);
  const signal = makeChirpSignal(seconds + 60);
  const cases: Record<string, object> = {};
  for (const name of names) {
    const conditions = CASES[name];
    if (conditions === undefined) throw new Error(`no such case: ${name}; there are ${Object.keys(CASES).join(', ')}`);
    progress(`${name}: opening the room …`);
    const result = await measure(conditions, { signal, seconds, delayMs, tracePath });
    progress(`${name}: ${JSON.stringify(result)}`);
    cases[name] = result;
  }
  return { delay_ms: delayMs, seconds, ...cases };
};
