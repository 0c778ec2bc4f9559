import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { type WriteStream, createWriteStream } from 'node:fs';
import { dirname } from 'node:path';

/** Two files of this size per program at most: an unattended machine must not fill up. */
const MAX_LOG_BYTES = 20_000_000;

const TRY_AGAIN_MS = 10_000;

const WARN_LEVEL = 40;

/** A log line that a person at the terminal should see: warnings and errors, and whatever is not a log line at all. */
export const isNoteworthy = (line: string): boolean => {
  if (!line.startsWith('{')) return line.trim() !== '';
  try {
    const entry: unknown = JSON.parse(line);
    const level: unknown = typeof entry === 'object' && entry !== null ? Reflect.get(entry, 'level') : undefined;
    return typeof level !== 'number' || level >= WARN_LEVEL;
  } catch {
    return true;
  }
};

/** The message of a log line, without its machinery. */
export const toHumanLine = (line: string): string => {
  if (!line.startsWith('{')) return line;
  try {
    const entry = JSON.parse(line) as { msg?: unknown; err?: { message?: unknown } };
    const parts = [entry.msg, entry.err?.message].filter((part) => typeof part === 'string' && part !== '');
    return parts.length === 0 ? line : parts.join(': ');
  } catch {
    return line;
  }
};

export interface LogFile {
  write(line: string): void;
  close(): void;
}

/**
 * Appends to a file; when it is full, it becomes `….1` and a new one begins. A disk that takes nothing, or a folder that is gone, costs
 * lines and nothing else: it is tried again after a while.
 */
export const openLogFile = (path: string): LogFile => {
  let bytes = 0;
  let stream: WriteStream | null = null;
  let closed = false;
  let tryAgainAt = 0;

  const open = (): WriteStream | null => {
    if (stream !== null) return stream;
    if (closed || performance.now() < tryAgainAt) return null;
    tryAgainAt = performance.now() + TRY_AGAIN_MS;
    try {
      mkdirSync(dirname(path), { recursive: true });
      bytes = existsSync(path) ? statSync(path).size : 0;
      if (bytes > MAX_LOG_BYTES) {
        renameSync(path, `${path}.1`);
        bytes = 0;
      }
    } catch {
      return null;
    }
    const opened = createWriteStream(path, { flags: 'a' });
    opened.on('error', () => {
      if (stream === opened) stream = null;
    });
    return (stream = opened);
  };
  open();
  return {
    write: (line) => {
      if (bytes > MAX_LOG_BYTES && stream !== null) {
        stream.end();
        stream = null;
        tryAgainAt = 0;
      }
      bytes += Buffer.byteLength(line) + 1;
      open()?.write(`${line}\n`);
    },
    close: () => {
      closed = true;
      stream?.end();
    },
  };
};
