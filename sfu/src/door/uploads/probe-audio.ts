import { open } from 'node:fs/promises';
import { fileTypeFromFile } from 'file-type';
import { z } from 'zod';
import { FRAME_MS, MAX_SEGMENT_MS } from '@loa/shared/protocol/limits';
import { ProblemError, toProblemError } from '../problem-error.ts';
import { cannotWork, runTool } from './run-tool.ts';

/*
 * The container is decided by content here and then forced, so that ffmpeg never probes and a playlist in disguise stays a
 * broken audio file; files only, no network.
 */

const PROBE_TIMEOUT_MS = 20_000;

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

export interface ProbedAudio {
  readonly demuxer: string;
  readonly durationMs: number;
}

const probeSchema = z.object({
  format: z.object({ duration: z.coerce.number().positive() }),
  streams: z.array(z.object({ codec_type: z.string() })).min(1),
});

const isCutOff = () =>
  new ProblemError('unreadable-audio', 'file: damaged or cut off; export it again and send that', { field: 'file' });

const isTooLong = (length: string) =>
  new ProblemError(
    'too-long',
    `file: ${length}; at most ${MAX_SEGMENT_MS / 60_000} minutes are allowed: cut it into parts`,
    { field: 'file' },
  );

/** Length of the RIFF chunk that a WAV file announces, against the length of the file; streams leave it open. */
async function checkWavLength(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const { buffer } = await file.read(Buffer.alloc(8), 0, 8, 0);
    const announced = buffer.readUInt32LE(4);
    // Some writers forget the padding of the last chunk.
    if (announced !== 0 && announced !== 0xffffffff && announced + 8 > size + 2) throw isCutOff();
  } finally {
    await file.close();
  }
}

/** What an uploaded file really is; throws a `ProblemError` that says what to send instead. */
export async function probeAudio(path: string, signal?: AbortSignal): Promise<ProbedAudio> {
  const type = await fileTypeFromFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.syscall !== undefined) throw cannotWork(error);
    return undefined;
  });
  const demuxer = type && DEMUXERS[type.ext];
  if (!demuxer) {
    const what = type ? `this is ${type.mime}` : 'its content is none of these';
    throw new ProblemError('not-audio', `file: send WAV, MP3, M4A, OGG or FLAC; ${what}`, { field: 'file' });
  }
  if (demuxer === 'wav') await checkWavLength(path);
  const format = ['-protocol_whitelist', 'file', '-f', demuxer];
  const show = ['-show_format', '-show_streams', '-select_streams', 'a', '-of', 'json'];
  const args = ['-v', 'error', ...format, ...show, path];
  const { stdout } = await runTool('ffprobe', args, { timeoutMs: PROBE_TIMEOUT_MS, signal }).catch((error: unknown) => {
    throw toProblemError(error) ?? isCutOff();
  });
  const probe = probeSchema.safeParse(JSON.parse(stdout));
  if (!probe.success)
    throw new ProblemError('not-audio', 'file: has no sound in it, or its length cannot be read', { field: 'file' });
  const durationMs = probe.data.format.duration * 1_000;
  if (durationMs > MAX_SEGMENT_MS) throw isTooLong(`${Math.round(durationMs / 60_000)} minutes`);
  return { demuxer, durationMs };
}

/** Containers that state their length, so that a file which was cut off is known by it; others end where they end. */
const STATING_LENGTH = new Set(['wav', 'mov', 'flac']);
const LENGTH_TOLERANCE_MS = 1_000;

/** The encoder begins before the first sample, and fills its last frame up. */
const ENCODER_PADDING_MS = 2 * FRAME_MS;

/** Throws when less came out of a file than it says it holds, or more than it may hold: some only estimate their length. */
export function checkLength({ demuxer, durationMs }: ProbedAudio, decodedMs: number, maxMs = MAX_SEGMENT_MS): void {
  if (decodedMs > maxMs + ENCODER_PADDING_MS) throw isTooLong('longer than it says');
  if (STATING_LENGTH.has(demuxer) && decodedMs < durationMs - LENGTH_TOLERANCE_MS) throw isCutOff();
}
