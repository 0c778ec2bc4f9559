import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { type WriteStream, createWriteStream } from 'node:fs';
import { dirname } from 'node:path';

/** Two files of this size per program at most: an unattended machine must not fill up. */
const MAX_LOG_BYTES = 20_000_000;

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

/** Appends to a file; when it is full, it becomes `….1` and a new one begins. */
export const openLogFile = (path: string): LogFile => {
  mkdirSync(dirname(path), { recursive: true });
  let bytes = existsSync(path) ? statSync(path).size : 0;
  let stream: WriteStream = createWriteStream(path, { flags: 'a' });
  return {
    write: (line) => {
      if (bytes > MAX_LOG_BYTES) {
        stream.end();
        renameSync(path, `${path}.1`);
        stream = createWriteStream(path, { flags: 'a' });
        bytes = 0;
      }
      bytes += Buffer.byteLength(line) + 1;
      stream.write(`${line}\n`);
    },
    close: () => {
      stream.end();
    },
  };
};
