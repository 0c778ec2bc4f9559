import { randomUUID } from 'node:crypto';
import { copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { appendFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { writeWhole } from './write-whole.ts';

/**
 * A queue that is kept in a file of the data folder. The file is appended to: what waits already is not written again for each item that
 * comes. One line for each item, as JSON, and `#n` when the n oldest of those above are gone.
 */
export interface KeptQueue<T> {
  /** What waited when the process before this one ended, oldest first; null when there is none. What cannot be read is set aside. */
  read(): T[] | null;
  /** What is gone again within `delayMs` is never written. */
  add(items: readonly T[]): void;
  dropOldest(count: number): void;
  /** Writes what has not been written yet. */
  close(): Promise<void>;
}

/** After a failure it is tried again by itself, in ms: nothing new need ever come. */
const RETRY_MS = 1_000;
/** The file is written anew when it has more lines of what is gone than this, and than of what waits. */
const MAX_GONE_LINES = 1_000;

export function openKeptQueue<S extends z.ZodType>(
  path: string,
  itemSchema: S,
  delayMs: number,
  log: Logger,
): KeptQueue<z.output<S>> {
  type Item = z.output<S>;
  /** All that waits; those up to `written` are in the file, where they follow `gone` lines of others. */
  const waiting: Item[] = [];
  let written = 0;
  let gone = 0;
  /** Of those in the file, of which the file does not say it yet. */
  let unsaid = 0;
  /** What the file says is not known: an append failed, or a process was killed in the middle of one. */
  let torn = false;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  let closed = false;

  const toLines = (items: readonly Item[]) => items.map((item) => `${JSON.stringify(item)}\n`).join('');

  const write = async () => {
    timer = undefined;
    const fresh = waiting.slice(written);
    if (fresh.length === 0 && unsaid === 0 && !torn) return;
    const isAnew = torn || (written === 0 && unsaid > 0) || (gone > MAX_GONE_LINES && gone > waiting.length);
    const said = unsaid > 0 ? `#${unsaid}\n` : '';
    const items = [...waiting];
    // What comes or goes while it is written is for the next time.
    written = waiting.length;
    unsaid = 0;
    if (isAnew) gone = 0;
    torn = true;
    try {
      if (isAnew) await writeWhole(path, toLines(items));
      else {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        await appendFile(path, said + toLines(fresh), { mode: 0o600, flush: true });
      }
      torn = false;
    } catch (error) {
      log.warn({ err: error, path }, 'what waits for the database could not be kept on disk');
      if (!closed) timer ??= setTimeout(() => void writeInTurn(), RETRY_MS);
    }
  };
  const writeInTurn = () => (writing = writing.then(write));
  const writeSoon = () => {
    if (!closed) timer ??= setTimeout(() => void writeInTurn(), delayMs);
  };

  /** What is left of it is in its place before the next word of this process is. */
  const setAside = () => {
    try {
      copyFileSync(path, `${path}.unreadable-${Date.now()}`);
      const draft = `${path}.${randomUUID()}`;
      writeFileSync(draft, toLines(waiting), { mode: 0o600, flush: true });
      renameSync(draft, path);
      gone = 0;
      torn = false;
    } catch (error) {
      log.error({ err: error, path }, 'what cannot be read could not be set aside');
      torn = true;
    }
  };

  return {
    read() {
      let text: string;
      try {
        text = readFileSync(path, 'utf8');
      } catch {
        return null;
      }
      const { items, unreadable, isTorn, lines } = text.startsWith('[')
        ? readList(text, itemSchema)
        : readLines(text, itemSchema);
      waiting.push(...items);
      written = items.length;
      gone = lines - items.length;
      torn = isTorn;
      if (isTorn) log.warn({ path }, 'what was being written when the process before this one ended is left out');
      if (unreadable > 0) {
        log.error({ path, unreadable }, 'not all of what waits for the database can be read; it is set aside');
        setAside();
      }
      return [...items];
    },
    add(items) {
      waiting.push(...items);
      writeSoon();
    },
    dropOldest(count) {
      const dropped = waiting.splice(0, count).length;
      const fromFile = Math.min(dropped, written);
      written -= fromFile;
      unsaid += fromFile;
      gone += fromFile;
      if (fromFile > 0) writeSoon();
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await writeInTurn();
    },
  };
}

interface Lines<T> {
  readonly items: T[];
  readonly lines: number;
  readonly unreadable: number;
  /** A process was killed while it wrote: what follows would be part of its last line. */
  readonly isTorn: boolean;
}

function readLines<S extends z.ZodType>(text: string, itemSchema: S): Lines<z.output<S>> {
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  const items: Array<z.output<S> | null> = [];
  let first = 0;
  for (const line of lines) {
    const gone = /^#(\d+)$/.exec(line)?.[1];
    if (gone === undefined) items.push(parseItem(line, itemSchema));
    else first += Number(gone);
  }
  const left = items.slice(first);
  const readable = left.filter((item) => item !== null);
  return { items: readable, lines: items.length, unreadable: left.length - readable.length, isTorn: last !== '' };
}

/** How the queue was kept before: one list, written whole. */
function readList<S extends z.ZodType>(text: string, itemSchema: S): Lines<z.output<S>> {
  try {
    const list = JSON.parse(text) as unknown[];
    const items = list.flatMap((item) => itemSchema.safeParse(item).data ?? []);
    return { items, lines: 0, unreadable: list.length - items.length, isTorn: true };
  } catch {
    return { items: [], lines: 0, unreadable: 1, isTorn: true };
  }
}

function parseItem<S extends z.ZodType>(line: string, itemSchema: S): z.output<S> | null {
  try {
    return itemSchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}
