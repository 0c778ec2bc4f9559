import type { PlayoutRecord } from '@loa/shared/protocol/receivers';

/** Keeps records until the server has them. */
export interface RecordStore {
  readonly size: number;
  put(record: PlayoutRecord): void;
  /** The oldest records that the server does not have, for sending. */
  oldest(count: number): PlayoutRecord[];
  /** The server stored these, in the state in which they were sent: what grew meanwhile stays. */
  acknowledge(sent: readonly PlayoutRecord[], stored: readonly string[]): void;
  /** The server will never store this one: it is kept for people and not sent again. */
  refuse(record: PlayoutRecord): void;
  /** What was put before is on disk when it resolves, if the disk works. */
  close(): Promise<void>;
}
