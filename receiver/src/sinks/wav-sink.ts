import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { RTP_RATE_HZ } from '@loa/shared/protocol/limits';
import { SampleClock } from './sample-clock.ts';
import type { Sink } from './sink.ts';
import { BYTES_PER_SAMPLE, toPcm16, wavHeader, WAV_HEADER_BYTES } from './wav-header.ts';

/** A file that reaches this size is put aside (one is kept), in bytes: about 11 minutes. */
export const MAX_WAV_BYTES = 64 * 1_024 * 1_024;
/** Sound is written to the file this often, in ms. */
const WRITE_INTERVAL_MS = 100;
/** The server time of a file's first sample stands in a file of this name beside it, so that its sound can be placed in time. */
export const WAV_TIMES_SUFFIX = '.json';
/** What stands there is renewed when the server's clock is known better than this, in ms. */
const TIMES_TOLERANCE_MS = 0.2;
/** A file is begun anew when its samples no longer follow each other in time by more than this, in ms. */
const MAX_GAP_MS = 100;
/** After a failure the disk is left alone for this long, in ms. */
const AFTER_FAILURE_MS = 5_000;

interface OpenFile {
  readonly descriptor: number;
  /** As it is known now, and as it was written. */
  startServerMs: number;
  writtenStartMs: number;
  dataBytes: number;
}

/** Where the previous file goes when a new one is begun. */
export function previousWavPath(path: string): string {
  return path.replace(/(\.wav)?$/, '.previous.wav');
}

/**
 * Writes everything that is heard, silence included, to a WAV file that can be read at any time: the header is renewed after
 * each write, after the samples that it speaks of.
 */
export function createWavSink(path: string, maxBytes: number = MAX_WAV_BYTES): Sink {
  const clock = new SampleClock();
  let file: OpenFile | null = null;
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let trouble: string | null = null;
  let notBeforeMs = Number.NEGATIVE_INFINITY;

  const begin = (startServerMs: number): OpenFile => {
    mkdirSync(dirname(path), { recursive: true });
    putAside(path);
    const descriptor = openSync(path, 'w');
    try {
      writeSync(descriptor, wavHeader(0), 0, WAV_HEADER_BYTES, 0);
      writeTimes(path, startServerMs);
    } catch (error) {
      closeQuietly(descriptor);
      throw error;
    }
    return { descriptor, startServerMs, writtenStartMs: startServerMs, dataBytes: 0 };
  };

  const flush = (): void => {
    if (file === null || waitingBytes === 0) return;
    const data = Buffer.concat(waiting);
    waiting = [];
    waitingBytes = 0;
    writeSync(file.descriptor, data, 0, data.length, WAV_HEADER_BYTES + file.dataBytes);
    file.dataBytes += data.length;
    writeSync(file.descriptor, wavHeader(file.dataBytes), 0, WAV_HEADER_BYTES, 0);
    if (Math.abs(file.startServerMs - file.writtenStartMs) < TIMES_TOLERANCE_MS) return;
    writeTimes(path, file.startServerMs);
    file.writtenStartMs = file.startServerMs;
  };

  const end = (): void => {
    if (file === null) return;
    const { descriptor } = file;
    flush();
    file = null;
    closeSync(descriptor);
  };

  const guarded = (action: () => void): void => {
    try {
      action();
      trouble = null;
    } catch (error) {
      // A full or broken disk must not end the receiver; after a while it tries again with a new file.
      trouble = `cannot write ${path}: ${String(error)}`;
      waiting = [];
      waitingBytes = 0;
      if (file !== null) closeQuietly(file.descriptor);
      file = null;
    }
  };

  return {
    name: `wav ${path}`,
    pollIntervalMs: 20,
    demand: (nowMs) => clock.demand(nowMs),
    write(samples, serverTimeMs) {
      clock.take(samples.length);
      if (serverTimeMs < notBeforeMs) return false;
      guarded(() => {
        const bytes = (file?.dataBytes ?? 0) + waitingBytes;
        const startMs = serverTimeMs - (bytes / BYTES_PER_SAMPLE / RTP_RATE_HZ) * 1_000;
        if (file !== null && (bytes >= maxBytes || Math.abs(startMs - file.startServerMs) > MAX_GAP_MS)) end();
        if (file === null) file = begin(serverTimeMs);
        else file.startServerMs = startMs;
        const pcm = toPcm16(samples);
        waiting.push(pcm);
        waitingBytes += pcm.length;
        if (waitingBytes >= toBytes(WRITE_INTERVAL_MS)) flush();
      });
      notBeforeMs = trouble === null ? Number.NEGATIVE_INFINITY : serverTimeMs + AFTER_FAILURE_MS;
      return trouble === null;
    },
    problem: () => trouble,
    close() {
      guarded(end);
      return Promise.resolve();
    },
  };
}

function writeTimes(path: string, firstSampleServerTimeMs: number): void {
  writeFileSync(`${path}${WAV_TIMES_SUFFIX}`, `${JSON.stringify({ firstSampleServerTimeMs })}\n`);
}

function closeQuietly(descriptor: number): void {
  try {
    closeSync(descriptor);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

function putAside(path: string): void {
  for (const suffix of ['', WAV_TIMES_SUFFIX]) {
    const aside = `${previousWavPath(path)}${suffix}`;
    rmSync(aside, { force: true });
    try {
      renameSync(`${path}${suffix}`, aside);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

function toBytes(milliseconds: number): number {
  return (milliseconds * RTP_RATE_HZ * BYTES_PER_SAMPLE) / 1_000;
}
