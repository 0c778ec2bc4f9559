import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { levelDbfs, type Sound } from './sound.ts';

/** Two tones that a filter tells apart, whatever is done to their level. */
export const TONE_HZ = { low: 440, high: 1_000 } as const;
/** One reading of a tone's level covers this, ms. */
export const READING_MS = 20;

const RATE_HZ = 8_000;
export const TONE_SECONDS = 90;

/** Writes a steady tone as a WAV file; answers its path. */
export function makeTone(dataDir: string, hz: number, seconds: number = TONE_SECONDS): string {
  const path = join(dataDir, `tone-${hz}-${seconds}s.wav`);
  const source = `sine=frequency=${hz}:sample_rate=48000:duration=${seconds}`;
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, '-c:a', 'pcm_s16le', path]);
  return path;
}

/** Level of one frequency every 20 ms, dBFS (RMS), by the algorithm of Goertzel. */
export function toneLevels(sound: Sound, hz: number): number[] {
  return everyReading(sound, (samples) => goertzelDbfs(samples, hz));
}

/** Level of everything that sounds every 20 ms, dBFS (RMS). */
export function levels(sound: Sound): number[] {
  return everyReading(sound, levelDbfs);
}

function everyReading(sound: Sound, read: (samples: Sound) => number): number[] {
  const size = (RATE_HZ * READING_MS) / 1_000;
  return Array.from({ length: Math.floor(sound.length / size) }, (_, n) =>
    read(sound.subarray(n * size, (n + 1) * size)),
  );
}

function goertzelDbfs(samples: Sound, hz: number): number {
  const factor = 2 * Math.cos((2 * Math.PI * hz) / RATE_HZ);
  let before = 0;
  let last = 0;
  for (const sample of samples) [before, last] = [last, sample + factor * last - before];
  const power = (before * before + last * last - factor * before * last) / (samples.length * samples.length);
  // A sine of RMS 1 has the power 1/2 here.
  return Math.max(-120, 10 * Math.log10(2 * power + 1e-12));
}

/** Middle value: single readings at an edge do not count. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? -120;
}
