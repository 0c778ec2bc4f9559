import { spawn } from 'node:child_process';
import { fileTypeFromFile } from 'file-type';
import { z } from 'zod';
import { MAX_SEGMENT_MS } from '@loa/shared/protocol/limits';
import { ProblemError } from '../problem-error.ts';

/*
 * ffmpeg at arm's length: the container is decided by content here and then forced, so that ffmpeg never probes and a
 * playlist in disguise stays a broken audio file; files only, no network, one thread, bounded time and output.
 */

/** Target of EBU R128 normalisation. The peak leaves room for what the Opus encoder adds, so that -1 dBTP holds after it. */
export const TARGET_LUFS = -16;
const TARGET_PEAK_DBTP = -2;
const TARGET_RANGE_LU = 11;
/** What a tool may write to its standard error before it is cut. */
const MAX_TOOL_OUTPUT_BYTES = 1_000_000;
const PROBE_TIMEOUT_MS = 20_000;
const TRANSCODE_TIMEOUT_MS = 15 * 60_000;

const DEMUXERS: Readonly<Record<string, string>> = {
  wav: 'wav',
  mp3: 'mp3',
  m4a: 'mov',
  mp4: 'mov',
  mov: 'mov',
  m4b: 'mov',
  ogg: 'ogg',
  oga: 'ogg',
  opus: 'ogg',
  flac: 'flac',
};

export interface ToolResult {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a tool to its end; rejects with what it said last when it fails or takes too long. */
function runTool(
  command: string,
  args: readonly string[],
  timeoutMs: number,
  how: { signal?: AbortSignal; onOutput?: (text: string) => void } = {},
): Promise<ToolResult> {
  const { signal, onOutput } = how;
  return new Promise((resolve, reject) => {
    const child = spawn('nice', ['-n', '10', command, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      ...(signal ? { signal } : {}),
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      onOutput?.(text);
      stdout = (stdout + text).slice(-MAX_TOOL_OUTPUT_BYTES);
    });
    child.stderr
      .setEncoding('utf8')
      .on('data', (text: string) => (stderr = (stderr + text).slice(-MAX_TOOL_OUTPUT_BYTES)));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve({ stdout, stderr });
      else reject(new Error(`${command} ended with ${signal ?? code}: ${stderr.trim().split('\n').at(-1) ?? ''}`));
    });
  });
}

export interface ProbedAudio {
  readonly demuxer: string;
  readonly durationMs: number;
}

const probeSchema = z.object({
  format: z.object({ duration: z.coerce.number().positive() }),
  streams: z.array(z.object({ codec_type: z.string() })).min(1),
});

/** What an uploaded file really is; throws a `ProblemError` that says what to send instead. */
export async function probeAudio(path: string, signal?: AbortSignal): Promise<ProbedAudio> {
  const type = await fileTypeFromFile(path).catch(() => undefined);
  const demuxer = type && DEMUXERS[type.ext];
  if (!demuxer) {
    const what = type ? `this is ${type.mime}` : 'its content is none of these';
    throw new ProblemError('not-audio', `file: send WAV, MP3, M4A, OGG or FLAC; ${what}`, { field: 'file' });
  }
  const args = [
    '-v',
    'error',
    '-protocol_whitelist',
    'file',
    '-f',
    demuxer,
    '-show_format',
    '-show_streams',
    '-select_streams',
    'a',
    '-of',
    'json',
    path,
  ];
  const { stdout } = await runTool('ffprobe', args, PROBE_TIMEOUT_MS, signal ? { signal } : {}).catch(
    (error: unknown) => {
      throw new ProblemError('unreadable-audio', 'file: damaged or cut off; export it again and send that', {
        field: 'file',
        details: String(error).slice(0, 300),
      });
    },
  );
  const probe = probeSchema.safeParse(JSON.parse(stdout));
  if (!probe.success)
    throw new ProblemError('not-audio', 'file: has no sound in it, or its length cannot be read', { field: 'file' });
  const durationMs = probe.data.format.duration * 1_000;
  if (durationMs > MAX_SEGMENT_MS) {
    throw new ProblemError(
      'too-long',
      `file: ${Math.round(durationMs / 60_000)} minutes; at most ${MAX_SEGMENT_MS / 60_000} are allowed: cut it into parts`,
      { field: 'file' },
    );
  }
  return { demuxer, durationMs };
}

/** Containers that state their length, so that a file which was cut off is known by it; others end where they end. */
const STATING_LENGTH = new Set(['wav', 'mov', 'flac']);
const LENGTH_TOLERANCE_MS = 1_000;

/** Throws when less came out of a file than it says it holds. */
export function checkLength({ demuxer, durationMs }: ProbedAudio, decodedMs: number): void {
  if (!STATING_LENGTH.has(demuxer) || decodedMs >= durationMs - LENGTH_TOLERANCE_MS) return;
  throw new ProblemError('unreadable-audio', 'file: cut off; export it again and send that', { field: 'file' });
}

export interface Loudness {
  readonly integratedLufs: number;
  readonly truePeakDbtp: number;
}

const measuredSchema = z.object({
  input_i: z.coerce.number(),
  input_tp: z.coerce.number(),
  input_lra: z.coerce.number(),
  input_thresh: z.coerce.number(),
  target_offset: z.coerce.number(),
});

function lastJson(text: string): unknown {
  const start = text.lastIndexOf('{');
  const end = text.lastIndexOf('}');
  return start >= 0 && end > start ? JSON.parse(text.slice(start, end + 1)) : null;
}

function inputArgs(path: string, demuxer: string): string[] {
  return [
    '-hide_banner',
    '-nostdin',
    '-y',
    '-threads',
    '1',
    '-max_alloc',
    '268435456',
    '-protocol_whitelist',
    'file',
    '-f',
    demuxer,
    '-i',
    path,
    '-map',
    '0:a:0',
    '-t',
    String(MAX_SEGMENT_MS / 1_000),
  ];
}

function progressOf(durationMs: number, onProgress: (share: number) => void): (text: string) => void {
  return (text) => {
    const microseconds = /out_time_us=(\d+)/.exec(text)?.[1];
    if (microseconds) onProgress(Math.min(1, Number(microseconds) / 1_000 / durationMs));
  };
}

/**
 * Transcodes to mono Opus in Ogg, 20 ms frames, normalised in two passes (ffmpeg `loudnorm`, EBU R128). `onProgress` gets 0 to 1.
 * Throws a `ProblemError` for what cannot be decoded or is silent.
 */
export async function transcode(
  source: { readonly path: string } & ProbedAudio,
  target: string,
  onProgress: (share: number) => void,
  signal?: AbortSignal,
): Promise<Loudness> {
  const goal = `I=${TARGET_LUFS}:TP=${TARGET_PEAK_DBTP}:LRA=${TARGET_RANGE_LU}`;
  const input = inputArgs(source.path, source.demuxer);
  const progress = ['-progress', 'pipe:1', '-nostats'];
  const decode = async (args: string[], from: number) =>
    runTool('ffmpeg', args, TRANSCODE_TIMEOUT_MS, {
      onOutput: progressOf(source.durationMs, (share) => onProgress(from + share * 0.45)),
      ...(signal ? { signal } : {}),
    }).catch((error: unknown) => {
      throw new ProblemError('unreadable-audio', 'file: it could not be decoded; export it again and send that', {
        field: 'file',
        details: String(error).slice(0, 300),
      });
    });

  const mono = 'aresample=48000,aformat=channel_layouts=mono';
  const first = await decode(
    [...input, '-af', `${mono},loudnorm=${goal}:print_format=json`, ...progress, '-f', 'null', '-'],
    0,
  );
  const measured = measuredSchema.safeParse(lastJson(first.stderr));
  if (!measured.success)
    throw new ProblemError('unreadable-audio', 'file: it holds no sound that could be measured', { field: 'file' });
  const { input_i, input_tp, input_lra, input_thresh, target_offset } = measured.data;
  if (!Number.isFinite(input_tp) || input_tp < -70)
    throw new ProblemError('not-audio', 'file: it is silent', { field: 'file' });

  // A clip that is too short for a loudness figure is brought to the peak instead.
  const level =
    Number.isFinite(input_i) && input_i > -70
      ? `loudnorm=${goal}:measured_I=${input_i}:measured_TP=${input_tp}:measured_LRA=${input_lra}:measured_thresh=${input_thresh}:offset=${target_offset}:linear=true`
      : `volume=${TARGET_PEAK_DBTP - 4 - input_tp}dB`;
  const encode = [
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
    '-map_metadata',
    '-1',
  ];
  await decode(
    [...input, '-af', `${mono},${level},aresample=48000`, '-ac', '1', ...encode, ...progress, '-f', 'ogg', target],
    0.45,
  );
  const loudness = await measureLoudness(target);
  onProgress(1);
  return loudness;
}

/** Integrated loudness and true peak of an Ogg file (ITU-R BS.1770, ffmpeg `ebur128`). */
export async function measureLoudness(path: string): Promise<Loudness> {
  const args = [...inputArgs(path, 'ogg'), '-af', 'ebur128=peak=true', '-nostats', '-f', 'null', '-'];
  const { stderr } = await runTool('ffmpeg', args, TRANSCODE_TIMEOUT_MS);
  const summary = stderr.slice(stderr.lastIndexOf('Summary:'));
  return {
    integratedLufs: Number(/I:\s+(-?[\d.]+) LUFS/.exec(summary)?.[1] ?? Number.NaN),
    truePeakDbtp: Number(/Peak:\s+(-?[\d.]+) dBFS/.exec(summary)?.[1] ?? Number.NaN),
  };
}
