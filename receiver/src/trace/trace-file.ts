import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { TraceWriter, type TraceEvent } from '@loa/shared/playout/trace-text';
import type { Logger } from 'pino';
import { localNow } from '../session/server-clock.ts';
import { SOFTWARE_VERSION } from '../software-version.ts';

/** A trace ends at this size, in bytes: some hours. A device that was forgotten fills no disk. */
export const MAX_TRACE_BYTES = 64 * 1_024 * 1_024;
/** So much may wait for the disk, in bytes; a trace with a hole would say what never was, so it ends instead. */
const MAX_WAITING_BYTES = 1_024 * 1_024;

export interface TraceFile {
  note(event: TraceEvent): void;
  close(): Promise<void>;
}

/**
 * Writes a trace (`trace-text.ts`) to a file of its own, in place of what was there. The first line says who wrote it and from when times count. The disk is not
 * waited for; when it fails, the trace ends and the receiver goes on.
 */
export function createTraceFile(
  path: string,
  { receiverId, log, maxBytes = MAX_TRACE_BYTES }: { receiverId: string; log: Logger; maxBytes?: number },
): TraceFile {
  const startMs = Math.floor(localNow());
  const writer = new TraceWriter(startMs);
  let bytes = 0;
  let ended = false;
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch {
    // Then the file cannot be opened either, and that is said below; a trace is no reason not to play.
  }
  const stream = createWriteStream(path);
  const end = (why: string, error?: unknown): void => {
    if (ended) return;
    ended = true;
    log.warn({ path, why, err: error }, 'the trace ends');
    stream.end();
  };
  stream.on('error', (error) => end('the disk does not take it', error));
  stream.write(`# ${JSON.stringify({ receiverId, software: SOFTWARE_VERSION, startMs })}\n`);
  log.warn({ path }, 'everything that the engine is told is written to a trace');
  return {
    note(event) {
      if (ended) return;
      const text = `${writer.lines(event).join('\n')}\n`;
      bytes += text.length;
      if (bytes > maxBytes) return end('it is as long as one may be');
      if (stream.writableLength > MAX_WAITING_BYTES) return end('the disk is too slow');
      stream.write(text);
    },
    close: () =>
      new Promise((closed) => {
        ended = true;
        if (stream.closed || stream.destroyed) return closed();
        stream.once('close', closed);
        stream.end();
      }),
  };
}
