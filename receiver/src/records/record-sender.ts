import type { RecordBook } from '@loa/shared/playout/record-book';
import { MAX_RECORDS_PER_MESSAGE } from '@loa/shared/protocol/limits';
import type { PlayoutRecord, RecordsAnswer } from '@loa/shared/protocol/receivers';
import type { Result } from '@loa/shared/result';
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
/** After a message that was refused the next one waits this long, in ms: a door closes who sends ten bad ones in a minute. */
export const AFTER_REFUSAL_MS = 7_000;

/** `refused`: the server will never take this message (`bad-request`); `failed`: it may take it later. */
export type SendFailure = 'refused' | 'failed';

export interface RecordSenderOptions {
  readonly book: RecordBook;
  readonly queue: RecordStore;
  readonly log: Logger;
  /** Server time in ms. */
  now(): number;
  /** Own time in ms that never steps; the process's by default. */
  readonly steadyNow?: () => number;
  send(records: PlayoutRecord[]): Promise<Result<RecordsAnswer, SendFailure>>;
}

/** PO20: from the book to the disk, from there to the server, until it says that it has them. */
export class RecordSender {
  readonly #options: RecordSenderOptions;
  readonly #steadyNow: () => number;
  #timer: NodeJS.Timeout | null = null;
  #sending: Promise<void> | null = null;
  #notBefore: number;
  /** Records in the next message: fewer after one that was refused as a whole, until the bad record is alone. */
  #batch = MAX_RECORDS_PER_MESSAGE;

  constructor(options: RecordSenderOptions) {
    this.#options = options;
    this.#steadyNow = options.steadyNow ?? (() => performance.now());
    this.#notBefore = this.#steadyNow() + Math.random() * MESSAGE_INTERVAL_MS;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.turn(), TURN_MS);
  }

  /** Closes all records, and gives the server one last chance to take them. */
  async close(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    const { book, queue, now } = this.#options;
    await this.#sending;
    for (const record of book.takeAll(now())) queue.put(record);
    await this.#send();
    await queue.close();
  }

  /** Called often: keeps what is due, and sends when it is time. Resolves when what is being sent is answered. */
  turn(): Promise<void> | null {
    const { book, queue, now } = this.#options;
    for (const record of book.takeDue(now())) queue.put(record);
    if (this.#sending !== null || this.#steadyNow() < this.#notBefore) return this.#sending;
    this.#waitFor(MESSAGE_INTERVAL_MS);
    this.#sending = this.#send().finally(() => (this.#sending = null));
    return this.#sending;
  }

  #waitFor(milliseconds: number): void {
    this.#notBefore = this.#steadyNow() + milliseconds;
  }

  async #send(): Promise<void> {
    const { queue, send, log } = this.#options;
    const records = queue.oldest(this.#batch);
    if (records.length === 0) return;
    const answer = await send(records);
    if (!answer.ok && answer.error === 'refused') return this.#onRefused(records);
    if (!answer.ok || !records.some((record) => answer.value.stored.includes(record.id))) {
      this.#waitFor(AFTER_FAILURE_MS);
      log.debug({ waiting: queue.size }, 'playout records not acknowledged');
      return;
    }
    const { stored, unstorable } = answer.value;
    this.#batch = Math.min(MAX_RECORDS_PER_MESSAGE, this.#batch * 2);
    for (const record of records) if (unstorable.includes(record.id)) queue.refuse(record);
    queue.acknowledge(records, stored);
  }

  /** One bad record must not keep those behind it: half as many next time, and one that is refused alone is put aside. */
  #onRefused(records: readonly PlayoutRecord[]): void {
    this.#waitFor(AFTER_REFUSAL_MS);
    const [first, second] = records;
    if (first !== undefined && second === undefined) this.#options.queue.refuse(first);
    this.#batch = Math.max(1, Math.floor(records.length / 2));
    this.#options.log.warn({ records: records.length }, 'the server refused a message of playout records');
  }
}
