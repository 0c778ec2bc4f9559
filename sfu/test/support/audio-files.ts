import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const SENTENCE = 'Kính thưa bà con. Mời bà con đến nhà văn hóa khu phố vào lúc tám giờ sáng.';

async function ffmpeg(...args: string[]): Promise<void> {
  await run('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-nostdin', '-y', ...args]);
}

/** Vietnamese speech of about five seconds, quieter than it should be. */
export async function makeSpeech(folder: string): Promise<string> {
  const spoken = join(folder, 'spoken.wav');
  await run('espeak-ng', ['-v', 'vi', '-s', '150', '-w', spoken, SENTENCE]);
  const path = join(folder, 'speech.wav');
  await ffmpeg('-i', spoken, '-af', 'volume=-9dB', '-ar', '44100', '-ac', '2', path);
  return path;
}

/** The same sound in another container; its ending says which. */
export async function convert(source: string, target: string, ...options: string[]): Promise<string> {
  await ffmpeg('-i', source, ...options, target);
  return target;
}

/** Nothing to be heard, for as long as it takes, in a small file. */
export async function makeSilence(target: string, seconds: number): Promise<string> {
  await ffmpeg('-f', 'lavfi', '-i', 'anullsrc=r=8000:cl=mono', '-t', String(seconds), target);
  return target;
}

/** A steady tone, for as long as it takes. */
export async function makeTone(target: string, seconds: number, hz = 440): Promise<string> {
  await ffmpeg('-f', 'lavfi', '-i', `sine=frequency=${hz}:sample_rate=48000:duration=${seconds}`, target);
  return target;
}

/** Length of a sound file in ms, measured by decoding it. */
export async function measureDurationMs(path: string): Promise<number> {
  const { stderr } = await run('ffmpeg', ['-hide_banner', '-nostdin', '-i', path, '-f', 'null', '-']);
  const [, hours, minutes, seconds] = /time=(\d+):(\d+):([\d.]+)(?![\s\S]*time=)/.exec(stderr) ?? [];
  return (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000;
}

/** Integrated loudness and true peak, by ffmpeg's own meter. */
export async function measureLoudness(path: string): Promise<{ lufs: number; dbtp: number }> {
  const { stderr } = await run('ffmpeg', [
    '-hide_banner',
    '-nostdin',
    '-i',
    path,
    '-af',
    'ebur128=peak=true',
    '-f',
    'null',
    '-',
  ]);
  const summary = stderr.slice(stderr.lastIndexOf('Summary:'));
  return {
    lufs: Number(/I:\s+(-?[\d.]+) LUFS/.exec(summary)?.[1]),
    dbtp: Number(/Peak:\s+(-?[\d.]+) dBFS/.exec(summary)?.[1]),
  };
}
