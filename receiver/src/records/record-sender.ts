import type { RecordBook } from '@loa/shared/playout/record-book';
import { MAX_RECORDS_PER_MESSAGE } from '@loa/shared/protocol/limits';
import type { PlayoutRecord } from '@loa/shared/protocol/receivers';
import type { Logger } from 'pino';
import type { RecordStore } from './record-store.ts';

const TURN_MS = 500;
/**
 * Messages are this far apart, in ms, and each receiver begins somewhere in between by chance: when an emergency takes a whole
 * city, its records come one after the other. Together with `RECORD_RESEND_MS` at most the 10 s of the protocol.
 */
export const MESSAGE_INTERVAL_MS = 3_000;
/** After a message that was not acknowledged the next one waits this long, in ms. */
const AFTER_FAILURE_MS = 5_000;

export interface RecordSenderOptions {
  readonly book: RecordBook;
  readonly queue: RecordStore;
  readonly log: Logger;
  /** Server time in ms. */
  now(): number;
  /** Sends one message; answers with the ids that the server stored, or null if it did not answer. */
  send(records: PlayoutRecord[]): Promise<readonly string[] | null>;
}

/** PO20: from the book to the disk, from there to the server, until it says that it has them. */
export class RecordSender {
  readonly #options: RecordSenderOptions;
  #timer: NodeJS.Timeout | null = null;
  #sending: Promise<void> | null = null;
  #notBefore = performance.now() + Math.random() * MESSAGE_INTERVAL_MS;

  constructor(options: RecordSenderOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#turn(), TURN_MS);
  }

  /** Closes all records, and gives the server one last chance to take them. */
  async close(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    const { book, queue, now } = this.#options;
    await this.#sending;
    for (const record of book.takeAll(now())) queue.put(record);
    await this.#send();
    queue.close();
  }

  #turn(): void {
    const { book, queue, now } = this.#options;
    for (const record of book.takeDue(now())) queue.put(record);
    if (this.#sending !== null || performance.now() < this.#notBefore) return;
    this.#notBefore = performance.now() + MESSAGE_INTERVAL_MS;
    this.#sending = this.#send().finally(() => (this.#sending = null));
  }

  async #send(): Promise<void> {
    const { queue, send, log } = this.#options;
    const records = queue.oldest(MAX_RECORDS_PER_MESSAGE);
    if (records.length === 0) return;
    const stored = await send(records);
    if (stored === null || !records.some((record) => stored.includes(record.id))) {
      this.#notBefore = performance.now() + AFTER_FAILURE_MS;
      log.debug({ waiting: queue.size }, 'playout records not acknowledged');
      return;
    }
    queue.acknowledge(records, stored);
  }
}
