import { join } from 'node:path';
import { createOpusDecoders, type OpusWasm } from '@loa/shared/playout/opus-decoder';
import { FRAME_MS } from '@loa/shared/protocol/limits';
import type { Bench } from './run.ts';
import { loadOpusWasm } from '../receiver/src/player/opus-wasm.ts';
import {
  createMusicEncoder,
  createOpusEncoder,
  FRAME_SAMPLES,
  toFrames,
} from '../receiver/test/support/opus-encoder.ts';
import { makeSpeech } from '../receiver/test/support/speech.ts';
import { hearOverBadLink } from './support/bad-link-hearing.ts';
import { type DistortionMeter, openDistortionMeter } from './support/distortion.ts';
import { progress, round } from './support/figures.ts';
import { burstLoss, burstModel, type LossPattern, randomLoss } from './support/loss-pattern.ts';
import { renderPackets } from './support/loss-render.ts';
import { carryPackets } from './support/lossy-link.ts';
import { makeMusic } from './support/music.ts';
import {
  isBetterEverywhere,
  isMonotone,
  type LossFigures,
  type LossTable,
  MODES,
  type Mode,
} from './support/loss-verdict.ts';

const SHARES = [0, 0.02, 0.05, 0.1, 0.2];
/** Packets of 20 ms. */
const MEAN_BURST = 3;
const LINK = { delayMs: 20, jitterMs: 10 };
const SEED = 20_261_127;
const FRAMES_PER_S = 1_000 / FRAME_MS;

const PATTERNS: Readonly<Record<string, (share: number) => LossPattern>> = {
  random: (share) => randomLoss(share, SEED),
  burst: (share) => burstLoss(burstModel(share, MEAN_BURST), SEED),
};

/** On a real link with real packets, as the issue of the peer's anchors has it: what has to come through unharmed. */
const HEARD = [
  { loss: 0.02, delayMs: 150 },
  { loss: 0.05, delayMs: 200 },
];

/** Packets of the same speech again and again, and of music, as they are encoded for the air. */
function encodeSignals(wasm: OpusWasm, seconds: number): Record<string, Uint8Array[]> {
  const frames = toFrames(makeSpeech());
  const count = seconds * FRAMES_PER_S;
  const speech = Array.from({ length: count }, (_, n) => frames[n % frames.length] ?? new Int16Array(FRAME_SAMPLES));
  return {
    speech: speech.map(createOpusEncoder(wasm)),
    music: toFrames(makeMusic(seconds)).map(createMusicEncoder(wasm)),
  };
}

interface Trial {
  readonly wasm: OpusWasm;
  readonly meter: DistortionMeter;
  readonly payloads: readonly Uint8Array[];
  readonly delayMs: number;
}

const render = ({ wasm, payloads, delayMs }: Trial, loss: LossPattern, mode: Mode) => {
  const { asksAgain, fec } = MODES[mode];
  const carried = carryPackets(payloads.length, { ...LINK, loss, asksAgain, seed: SEED });
  return renderPackets(payloads, carried, { create: createOpusDecoders(wasm), fec, delayMs });
};

async function measure(trial: Trial, clean: Float32Array, loss: LossPattern, mode: Mode): Promise<LossFigures> {
  const { sound, samples, extraDelayMs } = render(trial, loss, mode);
  const share = (count: number): number => round((100 * count) / sound.length, 3);
  return {
    sdr_db: round(await trial.meter.measure(clean, sound)),
    concealed_pct: share(sound.length - samples.decoded - samples.recovered),
    recovered_pct: share(samples.recovered),
    silent_pct: share(sound.length - samples.decoded - samples.recovered - samples.invented),
    extra_delay_ms: extraDelayMs,
  };
}

/** One signal under one kind of loss: what each share of it leaves, by what is done about it. */
async function measureTable(trial: Trial, makeLoss: (share: number) => LossPattern): Promise<LossTable> {
  const clean = render(trial, makeLoss(0), 'concealment').sound;
  const rows: [string, Record<Mode, LossFigures>][] = [];
  for (const share of SHARES) {
    const row: [Mode, LossFigures][] = [];
    for (const mode of Object.keys(MODES) as Mode[])
      row.push([mode, await measure(trial, clean, makeLoss(share), mode)]);
    rows.push([String(round(share * 100)), Object.fromEntries(row) as Record<Mode, LossFigures>]);
  }
  return Object.fromEntries(rows);
}

/** What loss on the way does to speech and to music, and what concealment, FEC and asking again do about it. */
export const bench: Bench = async (options) => {
  const seconds = Number(options.get('seconds') ?? 120);
  const delayMs = Number(options.get('delay') ?? 200);
  // What the receiver was told (CONTRIBUTING.md, "Recorded traces").
  const packetsDir = options.get('packets');
  const parts = (options.get('part') ?? 'trace,link').split(',');
  const tables: Record<string, Record<string, LossTable>> = {};
  if (parts.includes('trace')) {
    const wasm = await loadOpusWasm();
    const meter = await openDistortionMeter();
    for (const [signal, payloads] of Object.entries(encodeSignals(wasm, seconds))) {
      const byPattern: Record<string, LossTable> = {};
      for (const [pattern, makeLoss] of Object.entries(PATTERNS)) {
        byPattern[pattern] = await measureTable({ wasm, meter, payloads, delayMs }, makeLoss);
        progress(`${signal}, ${pattern}: ${JSON.stringify(byPattern[pattern])}`);
      }
      tables[signal] = byPattern;
    }
    meter.close();
  }
  const heard: Record<string, object> = {};
  for (const { loss, delayMs: playoutDelayMs } of parts.includes('link') ? HEARD : []) {
    const name = `${loss * 100}pct_${playoutDelayMs}ms`;
    const packetsPath = packetsDir === undefined ? undefined : join(packetsDir, `${name}.trace`);
    const result = await hearOverBadLink({ ...LINK, loss }, { delayMs: playoutDelayMs, seconds, packetsPath });
    progress(JSON.stringify(result));
    heard[name] = result;
  }
  const all = Object.values(tables).flatMap((byPattern) => Object.values(byPattern));
  return {
    quality: 'signal-to-distortion ratio against the clean render, dB (asdr of ffmpeg); 100: the same sound',
    delay_ms: delayMs,
    seconds,
    burst_model: Object.fromEntries(SHARES.map((share) => [round(share * 100), burstModel(share, MEAN_BURST)])),
    ...tables,
    ...(all.length > 0 ? { monotone: all.every(isMonotone), better_everywhere: all.every(isBetterEverywhere) } : {}),
    bad_link: heard,
  };
};
