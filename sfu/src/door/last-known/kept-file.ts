import { readFileSync, renameSync } from 'node:fs';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { writeWhole } from './write-whole.ts';

/** A value that is kept in a file of the data folder, as it was last. */
export interface KeptFile<T> {
  /** What was kept by the process before this one; null when there is none, or none that can be read. Such a file is set aside, for whoever can read it. */
  read(): T | null;
  /** Writes it, at most once in a while, and only when it differs from what is there. `value` is asked for when it is written. */
  keep(value: () => T): void;
  /** Writes what has not been written yet. */
  close(): Promise<void>;
}

/** From a write that failed to the next attempt, ms. */
const RETRY_MS = 1_000;

export interface Pace {
  /** Between two writes, ms. */
  readonly everyMs?: number;
  /** From what is to be kept to its write, ms: what is over by then is never written. */
  readonly delayMs?: number;
}

export function createKeptFile<S extends z.ZodType>(
  path: string,
  schema: S,
  { everyMs = 0, delayMs = 0 }: Pace,
  log: Logger,
): KeptFile<z.output<S>> {
  let next: (() => z.output<S>) | null = null;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  let written = '';
  let closed = false;
  let wroteAt = Number.NEGATIVE_INFINITY;

  const write = async () => {
    timer = undefined;
    const value = next;
    next = null;
    try {
      const text = value === null ? written : JSON.stringify(value());
      if (text === written) return;
      wroteAt = performance.now();
      await writeWhole(path, text);
      written = text;
    } catch (error) {
      log.warn({ err: error, path }, 'what is known could not be kept for a start without the database');
      // A disk may have room again; nobody has to have something new to say for that.
      next ??= value;
      if (!closed) timer ??= setTimeout(() => void writeInTurn(), Math.max(everyMs, RETRY_MS));
    }
  };
  const setAside = () => {
    try {
      renameSync(path, `${path}.unreadable-${Date.now()}`);
    } catch (error) {
      log.error({ err: error, path }, 'what cannot be read could not be set aside');
    }
  };
  const writeInTurn = () => (writing = writing.then(write));

  return {
    read() {
      try {
        written = readFileSync(path, 'utf8');
      } catch {
        return null;
      }
      const parsed = schema.safeParse(parseJson(written));
      if (parsed.success) return parsed.data;
      log.error({ path, problem: parsed.error.message }, 'what was kept cannot be read; it is set aside');
      written = '';
      setAside();
      return null;
    },
    keep(value) {
      if (closed) return;
      next = value;
      timer ??= setTimeout(() => void writeInTurn(), Math.max(delayMs, wroteAt + everyMs - performance.now()));
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await writeInTurn();
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
