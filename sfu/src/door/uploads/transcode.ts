import { MAX_SEGMENT_MS } from '@loa/shared/protocol/limits';
import { ProblemError, toProblemError } from '../problem-error.ts';
import type { ProbedAudio } from './probe-audio.ts';
import { runTool } from './run-tool.ts';

/*
 * Loudness by EBU R128: measured first, brought to the target by one gain and a true-peak limiter, measured again on the
 * encoded result, and corrected if the limiter took too much. ffmpeg's own `loudnorm` turns to a dynamic mode when speech
 * has high peaks, and then misses the target by more than a unit.
 */

export const TARGET_LUFS = -16;
export const MAX_TRUE_PEAK_DBTP = -1;
/** Before encoding: Opus gives back peaks that are somewhat higher. */
const FIRST_LIMIT_DBTP = -2.2;
/** A result further off is made again with gain and limit corrected. */
const TOLERANCE_LU = 0.5;
const MAX_ATTEMPTS = 4;
/** Below this there is nothing to be heard, and noise would be all that a gain brings up. */
const SILENCE_DBTP = -70;
const SILENCE_LUFS = -69;
const MAX_GAIN_DB = 50;
const TIMEOUT_MS = 15 * 60_000;
const OVERRUN_MS = 1_000;
/** Peaks between the samples are seen at four times the rate. */
const LIMITER_RATE_HZ = 192_000;

export interface Loudness {
  readonly integratedLufs: number;
  readonly truePeakDbtp: number;
}

export interface TranscodeOptions {
  readonly signal?: AbortSignal | undefined;
  /** Of what is longer so much is left over that its length tells. */
  readonly maxMs?: number;
}

interface Work extends TranscodeOptions {
  /** 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

function inputArgs(path: string, demuxer: string, { maxMs = MAX_SEGMENT_MS }: Work): string[] {
  const quiet = ['-hide_banner', '-nostdin', '-y', '-threads', '1', '-max_alloc', '268435456'];
  const input = ['-protocol_whitelist', 'file', '-f', demuxer, '-i', path];
  return [...quiet, ...input, '-map', '0:a:0', '-t', String((maxMs + OVERRUN_MS) / 1_000)];
}

function progressOf(durationMs: number, onProgress: (share: number) => void): (text: string) => void {
  return (text) => {
    const microseconds = /out_time_us=(\d+)/.exec(text)?.[1];
    if (microseconds) onProgress(Math.min(1, Number(microseconds) / 1_000 / durationMs));
  };
}

async function runFfmpeg(args: readonly string[], durationMs: number, { signal, onProgress }: Work): Promise<string> {
  const { stderr } = await runTool('ffmpeg', ['-progress', 'pipe:1', '-nostats', ...args], {
    timeoutMs: TIMEOUT_MS,
    signal,
    ...(onProgress ? { onOutput: progressOf(durationMs, onProgress) } : {}),
  });
  return stderr;
}

/** Integrated loudness (NaN for what is too short to have one) and true peak (ITU-R BS.1770, ffmpeg `ebur128`) of the sound as one channel. */
async function measure({ path, demuxer, durationMs }: ProbedAudio & { path: string }, work: Work): Promise<Loudness> {
  const meter = 'aresample=48000,aformat=channel_layouts=mono,ebur128=peak=true:framelog=verbose';
  const stderr = await runFfmpeg(
    [...inputArgs(path, demuxer, work), '-af', meter, '-f', 'null', '-'],
    durationMs,
    work,
  );
  const summary = stderr.slice(stderr.lastIndexOf('Summary:'));
  const figure = (pattern: RegExp) => {
    const text = pattern.exec(summary)?.[1];
    return text === '-inf' ? Number.NEGATIVE_INFINITY : Number(text ?? Number.NaN);
  };
  return {
    integratedLufs: figure(/I:\s+(-?[\d.]+|-inf) LUFS/),
    truePeakDbtp: figure(/Peak:\s+(-?[\d.]+|-inf) dBFS/),
  };
}

/** The gain that brings a sound to the target; a clip that is too short for a loudness figure is brought to the peak instead. */
export function gainFor({ integratedLufs, truePeakDbtp }: Loudness): number {
  const gain = integratedLufs > SILENCE_LUFS ? TARGET_LUFS - integratedLufs : FIRST_LIMIT_DBTP - 4 - truePeakDbtp;
  return Math.min(MAX_GAIN_DB, gain);
}

interface Level {
  readonly gainDb: number;
  readonly limitDbtp: number;
}

/** What to try next, or null when a result is good. The limiter swallows part of a gain, so more than what is missing is added. */
export function correct(level: Level, { integratedLufs, truePeakDbtp }: Loudness, measurable: boolean): Level | null {
  const missing = measurable ? TARGET_LUFS - integratedLufs : 0;
  const over = Math.max(0, truePeakDbtp - MAX_TRUE_PEAK_DBTP);
  if (Math.abs(missing) <= TOLERANCE_LU && over === 0) return null;
  const gainDb = Math.min(MAX_GAIN_DB, level.gainDb + missing * (missing > 0 ? 1.6 : 1));
  return { gainDb, limitDbtp: level.limitDbtp - (over > 0 ? over + 0.2 : 0) };
}

async function encode(
  source: ProbedAudio & { path: string },
  target: string,
  { gainDb, limitDbtp }: Level,
  work: Work,
): Promise<void> {
  const limit = (10 ** (limitDbtp / 20)).toFixed(4);
  const filters = [
    'aresample=48000',
    'aformat=channel_layouts=mono',
    `volume=${gainDb.toFixed(2)}dB:precision=float`,
    `aresample=${LIMITER_RATE_HZ}`,
    `alimiter=limit=${limit}:attack=5:release=60:level=0`,
    'aresample=48000',
  ];
  const opus = [
    '-c:a',
    'libopus',
    '-b:a',
    '48k',
    '-application',
    'audio',
    '-frame_duration',
    '20',
    '-packet_loss',
    '5',
  ];
  const output = ['-ac', '1', ...opus, '-map_metadata', '-1', '-f', 'ogg', target];
  await runFfmpeg(
    [...inputArgs(source.path, source.demuxer, work), '-af', filters.join(','), ...output],
    source.durationMs,
    work,
  );
}

/**
 * Transcodes to mono Opus in Ogg, frames of 20 ms, at the target loudness. Throws a `ProblemError` for what cannot be decoded
 * or is silent. Nobody knows its length for sure before: `checkLength` is for the result.
 */
export async function transcode(
  source: ProbedAudio & { readonly path: string },
  target: string,
  onProgress: (share: number) => void,
  options: TranscodeOptions = {},
): Promise<Loudness> {
  const part = (from: number, to: number): Work => ({
    ...options,
    onProgress: (share) => onProgress(from + share * (to - from)),
  });
  try {
    const before = await measure(source, part(0, 0.3));
    if (!(before.truePeakDbtp >= SILENCE_DBTP))
      throw new ProblemError('not-audio', 'file: it is silent', { field: 'file' });
    const measurable = before.integratedLufs > SILENCE_LUFS;
    let level: Level = { gainDb: gainFor(before), limitDbtp: FIRST_LIMIT_DBTP };
    for (let attempt = 1; ; attempt++) {
      // Most need one attempt; what a further one takes does not show as a step back.
      await encode(source, target, level, attempt === 1 ? part(0.3, 0.9) : options);
      const result = await measure({ path: target, demuxer: 'ogg', durationMs: source.durationMs }, options);
      const next = correct(level, result, measurable);
      if (!next || attempt === MAX_ATTEMPTS) return measurable ? result : { ...result, integratedLufs: Number.NaN };
      level = next;
    }
  } catch (error) {
    throw (
      toProblemError(error) ??
      new ProblemError('unreadable-audio', 'file: it could not be decoded; export it again and send that', {
        field: 'file',
        details: String(error).slice(0, 300),
      })
    );
  }
}
