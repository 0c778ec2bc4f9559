import { RecordBook } from '@loa/shared/playout/record-book';
import type { ReceiverId, ZoneId } from '@loa/shared/ids';
import { MAX_RECORDS_PER_MESSAGE } from '@loa/shared/protocol/limits';
import type { PlayoutRecord } from '@loa/shared/protocol/receivers';
import type { RenderedPart } from './page-playout.ts';

/** Records kept while the server is away; older ones are given up first. */
const MAX_KEPT = 500;

/** PO20: what this page rendered, one record per broadcast and stretch, until the server has stored it. */
export class PageRecords {
  readonly #book: RecordBook;
  readonly #waiting = new Map<string, PlayoutRecord>();

  constructor(receiverId: ReceiverId, makeId: () => string) {
    this.#book = new RecordBook(receiverId, makeId);
  }

  note(part: RenderedPart, zoneId: ZoneId): void {
    this.#book.note(part, zoneId);
  }

  /** What should be sent now: what is due, and what was not acknowledged. */
  due(nowMs: number): readonly PlayoutRecord[] {
    return this.#keep(this.#book.takeDue(nowMs));
  }

  /** The page stops: everything is final. */
  last(nowMs: number): readonly PlayoutRecord[] {
    return this.#keep(this.#book.takeAll(nowMs));
  }

  /** Forgets what the server has stored, unless it has grown since it was sent. */
  stored(ids: readonly string[], sent: readonly PlayoutRecord[]): void {
    for (const record of sent) {
      if (ids.includes(record.id) && this.#waiting.get(record.id) === record) this.#waiting.delete(record.id);
    }
  }

  #keep(records: readonly PlayoutRecord[]): readonly PlayoutRecord[] {
    for (const record of records) this.#waiting.set(record.id, record);
    for (const id of [...this.#waiting.keys()].slice(0, Math.max(0, this.#waiting.size - MAX_KEPT))) {
      this.#waiting.delete(id);
    }
    return [...this.#waiting.values()].slice(0, MAX_RECORDS_PER_MESSAGE);
  }
}
