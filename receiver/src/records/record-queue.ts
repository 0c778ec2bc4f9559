import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { playoutRecordSchema, type PlayoutRecord } from '@loa/shared/protocol/receivers';
import { z } from 'zod';
import type { RecordStore } from './record-store.ts';

/** Records kept while the server is away; beyond that the oldest go. A year of a busy site. */
export const MAX_QUEUED_RECORDS = 10_000;
/** The file is written anew when it has this many lines more than there are records. */
const SPARE_LINES = 200;

const lineSchema = z.union([z.object({ put: playoutRecordSchema }), z.object({ gone: z.string() })]);

/**
 * PO20: records on disk until the server has them. Every change is one appended and synced line; now and then the file is
 * replaced as a whole. A half-written last line, as after a power cut, is ignored.
 */
export class RecordQueue implements RecordStore {
  readonly #path: string;
  readonly #records: Map<string, PlayoutRecord>;
  /** Open records that the server has in this very state. */
  readonly #stored = new WeakSet<PlayoutRecord>();
  /** Null while the disk refuses: records are then in memory only. */
  #descriptor: number | null = null;
  #lines = 0;
  #problem: string | null = null;

  constructor(path: string) {
    this.#path = path;
    // What was open when the process ended will not grow any more.
    this.#records = new Map([...readRecords(path)].map(([id, record]) => [id, { ...record, final: true }]));
    this.#guarded(() => this.#rewrite());
  }

  get size(): number {
    return this.#records.size;
  }

  /** Why records are only in memory now; null while the disk works. */
  get problem(): string | null {
    return this.#problem;
  }

  put(record: PlayoutRecord): void {
    this.#records.delete(record.id);
    this.#records.set(record.id, record);
    for (const id of this.#records.keys()) {
      if (this.#records.size <= MAX_QUEUED_RECORDS) break;
      this.#records.delete(id);
    }
    this.#append({ put: record });
  }

  /** The oldest records that the server does not have, for sending. */
  oldest(count: number): PlayoutRecord[] {
    return [...this.#records.values()].filter((record) => !this.#stored.has(record)).slice(0, count);
  }

  /**
   * The server stored these, in the state in which they were sent: what grew meanwhile stays. An open one stays on disk, so
   * that it can be closed if the process ends without a word.
   */
  acknowledge(sent: readonly PlayoutRecord[], stored: readonly string[]): void {
    for (const record of sent) {
      if (!stored.includes(record.id) || this.#records.get(record.id) !== record) continue;
      if (record.final) {
        this.#records.delete(record.id);
        this.#append({ gone: record.id });
      } else this.#stored.add(record);
    }
  }

  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }

  #append(line: z.input<typeof lineSchema>): void {
    this.#guarded(() => {
      if (this.#descriptor === null || this.#lines > this.#records.size + SPARE_LINES) return this.#rewrite();
      writeSync(this.#descriptor, `${JSON.stringify(line)}\n`);
      fsyncSync(this.#descriptor);
      this.#lines += 1;
    });
  }

  /** The sound goes on with a full disk: the records stay in memory, and the next change tries to write them all. */
  #guarded(action: () => void): void {
    try {
      action();
      this.#problem = null;
    } catch (error) {
      this.#problem = `cannot write ${this.#path}: ${String(error)}`;
      this.close();
    }
  }

  /** Replaces the file by one that holds just what is queued, and appends to that from now on. */
  #rewrite(): void {
    mkdirSync(dirname(this.#path), { recursive: true });
    const fresh = `${this.#path}.new`;
    const descriptor = openSync(fresh, 'w');
    try {
      const lines = [...this.#records.values()].map((record) => `${JSON.stringify({ put: record })}\n`);
      writeSync(descriptor, lines.join(''));
      fsyncSync(descriptor);
      renameSync(fresh, this.#path);
      this.#lines = lines.length;
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
    // The old file is closed only when the new one is there.
    this.close();
    this.#descriptor = descriptor;
  }
}

function readRecords(path: string): Map<string, PlayoutRecord> {
  const records = new Map<string, PlayoutRecord>();
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return records;
    throw error;
  }
  for (const text of content.split('\n')) {
    const line = parseLine(text);
    if (line === null) continue;
    if ('gone' in line) records.delete(line.gone);
    else {
      records.delete(line.put.id);
      records.set(line.put.id, line.put);
    }
  }
  return records;
}

function parseLine(text: string): z.output<typeof lineSchema> | null {
  try {
    const parsed = lineSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
