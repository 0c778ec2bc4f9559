import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from './run.ts';
import { type ChirpSignal, findChirps, makeChirpSignal, RATE_HZ } from '../receiver/test/support/chirps.ts';
import { type HeardSound, monotonicNow, openSoundRoom, type SoundRoom } from '../receiver/test/support/sound-room.ts';
import type { SoundServerKind } from '../receiver/test/support/sound-server.ts';
import { type LinkQuality, openBadLink } from './support/bad-link.ts';
import { type StartChirpPlayers, startLoaPlayers } from './support/chirp-players.ts';
import { percentile, progress, round, sleep } from './support/figures.ts';
import { cpuMsOf } from './support/processes.ts';
import { lockSeconds, matchChirps, skewOf } from './support/skew.ts';
import { startSnapcastPlayers } from './support/snapcast-players.ts';

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
  /** Delays from the source to the ear at which the peer plays, in ms; undefined: the one of the bench. */
  readonly peerDelaysMs?: readonly number[];
}

const CASES: Readonly<Record<string, Case>> = {
  clean: { cardPpm: null, link: null, aimMs: 0.15 },
  drift: { cardPpm: [0, 50], link: null, aimMs: 0.5 },
  impaired: { cardPpm: null, link: { delayMs: 20, jitterMs: 10, loss: 0.02 }, aimMs: 1, peerDelaysMs: [200, 150] },
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

interface Trial {
  readonly signal: ChirpSignal;
  readonly seconds: number;
  readonly delayMs: number;
  readonly tracePath: string | undefined;
  /** Folder for what each receiver was told (CONTRIBUTING.md, "Recorded traces"). */
  readonly packetsDir?: string | undefined;
  readonly server: SoundServerKind;
}

/** What comes out of the loudspeakers, on one clock, whoever plays. */
async function measure(
  { cardPpm, link: quality, aimMs }: Case,
  startPlayers: StartChirpPlayers,
  { signal, seconds, delayMs, tracePath, packetsDir, server }: Trial,
) {
  const room = await openSoundRoom(SPEAKERS, cardPpm, server);
  const floorMs = await measureFloor(room);
  const link = quality === null ? null : await openBadLink(quality);
  const players = await startPlayers({ room, speakers: SPEAKERS, link, signal, delayMs, packetsDir });
  const { receivers } = players;
  try {
    await sleep(SETTLE_MS);
    const ended = receivers.find(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null);
    if (ended) throw new Error(`${ended.spawnfile} ended with ${ended.exitCode ?? ended.signalCode}`);
    const cpuBefore = receivers.map(({ pid }) => cpuMsOf([pid ?? 0]));
    room.takeStallMs();
    progress(`listening for ${seconds} s …`);
    await sleep(seconds * 1_000);
    const stallMs = room.takeStallMs();
    const cpuPct = receivers.map(({ pid }, n) => (cpuMsOf([pid ?? 0]) - (cpuBefore[n] ?? 0)) / (seconds * 10));
    const endMs = monotonicNow() - delayMs - 1_000;
    const heard = room.heard().map(timesOf);
    const left = signal.starts.map((at) => players.leftAtMs(at)).filter((at) => at < endMs);
    const chirps = matchChirps(left, heard);
    const first = chirps.findIndex((chirp) => skewOf(chirp) !== null);
    // Where nothing was ever heard everywhere, all of it is lost.
    const steadyFromMs = (chirps[first]?.leftAtMs ?? Number.NEGATIVE_INFINITY) + SETTLE_MS;
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
    await players.close();
    await link?.close();
    await room.close();
  }
}

/** The same for the peer, at the delays that it is to be compared at. */
async function measurePeer(conditions: Case, trial: Trial): Promise<Record<string, object>> {
  const results: Record<string, object> = {};
  for (const [n, delayMs] of (conditions.peerDelaysMs ?? [trial.delayMs]).entries()) {
    progress(`snapcast at ${delayMs} ms …`);
    const result = { delay_ms: delayMs, ...(await measure(conditions, startSnapcastPlayers, { ...trial, delayMs })) };
    progress(JSON.stringify(result));
    results[n === 0 ? 'snapcast' : `snapcast_${delayMs}`] = result;
  }
  return results;
}

/** How far apart two real receivers play the same sample, each into its own loudspeaker; and in the same rooms, after them, two of a peer. */
export const bench: Bench = async (options) => {
  const seconds = Number(options.get('seconds') ?? 120);
  const delayMs = Number(options.get('delay') ?? 200);
  const hasPeer = options.get('peer') !== 'none';
  // When each chirp was heard at each loudspeaker, for finding out where the time goes.
  const tracePath = options.get('trace');
  const packetsDir = options.get('packets');
  const server = options.get('server') === 'pipewire' ? 'pipewire' : 'pulseaudio';
  const names =
    options.get('case')?.split(',') ??
    Object.keys(CASES).filter((name) => server === 'pulseaudio' || CASES[name]?.cardPpm === null);
  const signal = makeChirpSignal(seconds + 60);
  const cases: Record<string, object> = {};
  for (const name of names) {
    const conditions = CASES[name];
    if (conditions === undefined) throw new Error(`no such case: ${name}; there are ${Object.keys(CASES).join(', ')}`);
    progress(`${name}: opening the room …`);
    const trial = { signal, seconds, delayMs, tracePath, server } as const;
    const result = await measure(conditions, startLoaPlayers, {
      ...trial,
      packetsDir: packetsDir === undefined ? undefined : join(packetsDir, name),
    });
    progress(`${name}: ${JSON.stringify(result)}`);
    cases[name] = hasPeer
      ? { ...result, ...(await measurePeer(conditions, { ...trial, tracePath: undefined })) }
      : result;
  }
  return { delay_ms: delayMs, seconds, server, ...cases };
};
