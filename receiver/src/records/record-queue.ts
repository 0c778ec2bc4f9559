import type { PlayoutRecord } from '@loa/shared/protocol/receivers';
import type { Logger } from 'pino';
import type { RecordFile } from './record-file.ts';
import { readLines, toChunks, toLine } from './record-lines.ts';
import type { RecordStore } from './record-store.ts';

/** Records kept while the server is away; beyond that the oldest go. A year of a busy site. */
export const MAX_QUEUED_RECORDS = 10_000;
/** The file is written anew when it has this many lines more than there are records. */
const SPARE_LINES = 200;
/** Refused ids that are remembered, and refused records that wait for the disk. */
const MAX_REFUSED = 100;
/** A disk that has not answered for this long is a problem, in ms. */
export const DISK_SILENT_MS = 30_000;
/** At the end the disk has this long, in ms. */
const CLOSE_WAIT_MS = 2_000;

/**
 * PO20: records in memory and on disk until the server has them.
 *
 * `put` only notes the change; a writer that never runs in the caller's turn brings it to disk. What changes while the disk is
 * busy goes together into the next write, of each record only its newest state. So a kill or a power cut loses at most the
 * changes since the write that is under way began; everything before is on disk and is sent by the next process. While the
 * disk refuses, or says nothing, records are in memory and are sent from there.
 */
export class RecordQueue implements RecordStore {
  readonly #file: RecordFile;
  readonly #log: Logger;
  readonly #now: () => number;
  #records = new Map<string, PlayoutRecord>();
  /** Open records that the server has in this very state. */
  readonly #stored = new WeakSet<PlayoutRecord>();
  /** Changes that are not on disk: the newest state of each record, null for one that is gone. */
  readonly #changes = new Map<string, PlayoutRecord | null>();
  readonly #refusedIds = new Set<string>();
  #refused: PlayoutRecord[] = [];
  /** Whether what earlier processes left has been taken over. */
  #loaded = false;
  /** Whether the file has to be written anew, whatever the changes are. */
  #whole = true;
  #lines = 0;
  #writing: Promise<void> | null = null;
  #busySince: number | null = null;
  #problem: string | null = null;
  /** What people should look at, even if the disk works now. */
  #damage: string | null = null;

  constructor(file: RecordFile, log: Logger, now: () => number = () => performance.now()) {
    this.#file = file;
    this.#log = log;
    this.#now = now;
    this.#write();
  }

  get size(): number {
    return this.#records.size;
  }

  /** Why records are only in memory now, or what was found damaged at the start; null while all is well. */
  get problem(): string | null {
    if (this.#busySince !== null && this.#now() - this.#busySince > DISK_SILENT_MS)
      return `the disk does not answer: ${this.#file.name}`;
    return this.#problem ?? this.#damage;
  }

  put(record: PlayoutRecord): void {
    if (this.#refusedIds.has(record.id)) {
      if (record.final) this.#keepRefused(record);
      return;
    }
    this.#records.delete(record.id);
    this.#records.set(record.id, record);
    this.#change(record.id, record);
    this.#limit();
    this.#write();
  }

  oldest(count: number): PlayoutRecord[] {
    return [...this.#records.values()].filter((record) => !this.#stored.has(record)).slice(0, count);
  }

  /** An open record stays on disk, so that it can be closed if the process ends without a word. */
  acknowledge(sent: readonly PlayoutRecord[], stored: readonly string[]): void {
    for (const record of sent) {
      if (!stored.includes(record.id) || this.#records.get(record.id) !== record) continue;
      if (record.final) this.#remove(record.id);
      else this.#stored.add(record);
    }
    this.#write();
  }

  refuse(record: PlayoutRecord): void {
    this.#refusedIds.add(record.id);
    for (const id of this.#refusedIds) if (this.#refusedIds.size > MAX_REFUSED) this.#refusedIds.delete(id);
    const newest = this.#records.get(record.id) ?? record;
    this.#remove(record.id);
    this.#keepRefused(newest);
  }

  /** What was put before is on disk, or the disk has refused it. */
  async settled(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
  }

  async close(): Promise<void> {
    this.#write();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), CLOSE_WAIT_MS);
    });
    const end = await Promise.race([this.settled(), late]);
    clearTimeout(timer);
    if (end === 'late') this.#log.warn({ file: this.#file.name }, 'the disk does not take the last playout records');
    else await this.#file.close();
  }

  #remove(id: string): void {
    if (this.#records.delete(id)) this.#change(id, null);
  }

  #limit(): void {
    for (const id of this.#records.keys()) {
      if (this.#records.size <= MAX_QUEUED_RECORDS) break;
      this.#remove(id);
    }
  }

  #change(id: string, record: PlayoutRecord | null): void {
    this.#changes.delete(id);
    this.#changes.set(id, record);
    // However long the disk is busy, what waits for it stays in proportion.
    if (this.#changes.size <= this.#records.size + SPARE_LINES) return;
    this.#changes.clear();
    this.#whole = true;
  }

  #keepRefused(record: PlayoutRecord): void {
    this.#refused = [...this.#refused, record].slice(-MAX_REFUSED);
    this.#write();
  }

  /** Begins to write, unless the writer is at it: then it sees the change when it has done what it is doing. */
  #write(): void {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = null;
      this.#busySince = null;
      // A change may come when the writer has just looked for the last time.
      if (this.#problem === null && this.#isBehind) this.#write();
    });
  }

  /** Whether anything is not on disk. */
  get #isBehind(): boolean {
    return this.#whole || this.#changes.size > 0 || this.#refused.length > 0;
  }

  /** Never rejects: a full disk is a problem, not the end. The next change tries again with everything. */
  async #writeAll(): Promise<void> {
    try {
      while (this.#isBehind) {
        this.#busySince = this.#now();
        if (!this.#loaded) await this.#load();
        await this.#writeRefused();
        if (this.#whole || this.#lines > this.#records.size + SPARE_LINES) await this.#rewrite();
        else await this.#append();
      }
      if (this.#problem !== null) this.#log.info({ file: this.#file.name }, 'playout records are on disk again');
      this.#problem = null;
    } catch (error) {
      this.#whole = true;
      if (this.#problem === null)
        this.#log.warn({ err: error, file: this.#file.name }, 'playout records are in memory only');
      this.#problem = `cannot keep records in ${this.#file.name}: ${String(error)}`;
      await this.#file.close().catch(() => undefined);
    }
  }

  /** What was open when the last process ended will not grow any more. What cannot be read is left to people. */
  async #load(): Promise<void> {
    const content = await this.#file.read().catch(async (error: unknown) => {
      this.#report(await this.#file.putAside(), String(error));
      return null;
    });
    const { records, spoiled } = await readLines(content ?? '');
    if (spoiled > 0) this.#report(await this.#file.putAside(), `${spoiled} lines are no records`);
    const old = [...records].map(([id, record]) => [id, { ...record, final: true }] as const);
    this.#records = new Map([...old.filter(([id]) => !this.#records.has(id)), ...this.#records]);
    this.#loaded = true;
    this.#limit();
  }

  #report(aside: string, why: string): void {
    this.#damage = `records of earlier could not be read (${why}): look at ${aside}`;
    this.#log.error({ aside, why }, 'playout records of earlier could not be read and were put aside');
  }

  async #writeRefused(): Promise<void> {
    const refused = this.#refused;
    if (refused.length === 0) return;
    const file = await this.#file.keepRefused(refused.map((record) => `${JSON.stringify(record)}\n`).join(''));
    this.#refused = this.#refused.filter((record) => !refused.includes(record));
    this.#log.warn({ file, ids: refused.map(({ id }) => id) }, 'the server refuses these playout records for ever');
  }

  async #append(): Promise<void> {
    const changes = [...this.#changes];
    this.#changes.clear();
    if (changes.length === 0) return;
    await this.#file.append(changes.map(([id, record]) => toLine(id, record)).join(''));
    this.#lines += changes.length;
  }

  /** Replaces the file by one that holds just what is queued, and appends to that from now on. */
  async #rewrite(): Promise<void> {
    const records = new Map(this.#records);
    this.#changes.clear();
    this.#whole = false;
    await this.#file.replace(toChunks(records));
    this.#lines = records.size;
  }
}
