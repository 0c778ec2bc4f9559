import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { RATE_HZ } from '../../receiver/test/support/chirps.ts';

/** Sounds that are equal have no ratio: this stands for it and for whatever is above it, in dB. */
export const SAME_SOUND_DB = 100;
/** A sound against itself at nine tenths: the difference is a tenth of it, which is 20 dB by definition. */
const KNOWN_GAIN = 0.9;
const KNOWN_DB = 20;

/** How near a sound is to another, by the signal-to-distortion ratio of ffmpeg's filter `asdr`, in dB. */
export interface DistortionMeter {
  measure(clean: Float32Array, heard: Float32Array): Promise<number>;
  close(): void;
}

/** Versions of ffmpeg differ in what they take a decibel for, so each is asked first for a ratio that is known. */
export async function openDistortionMeter(): Promise<DistortionMeter> {
  const folder = mkdtempSync(join(tmpdir(), 'loa-sdr-'));
  const tone = Float32Array.from({ length: RATE_HZ }, (_, n) => 0.5 * Math.sin((2 * Math.PI * 440 * n) / RATE_HZ));
  const said = await askFfmpeg(
    folder,
    tone,
    tone.map((value) => value * KNOWN_GAIN),
  );
  return {
    async measure(clean, heard) {
      return Math.min(SAME_SOUND_DB, ((await askFfmpeg(folder, clean, heard)) * KNOWN_DB) / said);
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function askFfmpeg(folder: string, clean: Float32Array, heard: Float32Array): Promise<number> {
  const inputs = [clean, heard].flatMap((sound, n) => {
    const path = join(folder, `${n}.f32`);
    writeFileSync(path, new Uint8Array(sound.buffer, sound.byteOffset, sound.byteLength));
    return ['-f', 'f32le', '-ar', String(RATE_HZ), '-ac', '1', '-i', path];
  });
  const output = ['-filter_complex', '[0:a][1:a]asdr', '-f', 'null', '-'];
  const { stderr } = await promisify(execFile)('ffmpeg', ['-hide_banner', '-nostats', ...inputs, ...output]);
  const [, ratio] = /SDR ch0: (\S+) dB/.exec(stderr) ?? [];
  if (ratio === undefined) throw new Error(`ffmpeg says no distortion: ${stderr.slice(-300)}`);
  return ratio === 'inf' ? Number.POSITIVE_INFINITY : Number(ratio);
}
