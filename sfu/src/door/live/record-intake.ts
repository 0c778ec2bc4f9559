import pLimit from 'p-limit';
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { ReceiverId } from '@loa/shared/ids';
import {
  type PlayoutRecord,
  playoutRecordSchema,
  type receivedRecordsSchema,
  type RecordsAnswer,
} from '@loa/shared/protocol/receivers';
import { ProblemError, toSchemaProblem } from '../problem-error.ts';
import { isUnstorable } from '../repositories/database-error.ts';
import type { PlayoutRepository } from '../repositories/playout-repository.ts';
import type { ZoneBook } from '../zones/zone-book.ts';
import type { LivePicture } from './live-picture.ts';

/** When a city's receivers send their records at once, connections to the database are left for the log. */
const STORED_AT_A_TIME = 4;

type ReceivedRecords = z.output<typeof receivedRecordsSchema>['records'];

/** Stores what a receiver says that it rendered; rejects when the receiver has to send it again. */
export type RecordIntake = (receiverId: ReceiverId, records: ReceivedRecords) => Promise<RecordsAnswer>;

export interface RecordIntakeOptions {
  readonly picture: Pick<LivePicture, 'broadcastIdOfTag'>;
  readonly book: Pick<ZoneBook, 'pathText'>;
  readonly playouts: Pick<PlayoutRepository, 'store' | 'findBroadcastId'>;
  /** Whether the database has this receiver, without which it takes no record of it; waits a moment for that. */
  untilEnrolled(receiverId: ReceiverId): Promise<boolean>;
  readonly log: Logger;
}

export function createRecordIntake(options: RecordIntakeOptions): RecordIntake {
  const { picture, book, playouts, log } = options;
  const storing = pLimit(STORED_AT_A_TIME);

  const store = async (record: PlayoutRecord): Promise<boolean> => {
    const { tag, firstSoundAt, zoneId } = record;
    const broadcastId = picture.broadcastIdOfTag(tag) ?? (await playouts.findBroadcastId(tag, firstSoundAt));
    return storing(() => playouts.store(record, { broadcastId, zonePathText: book.pathText(zoneId) }));
  };

  /** Null when it is stored, else why it never can be; rejects when it may be later. */
  const take = async (receiverId: ReceiverId, received: unknown): Promise<string | null> => {
    const parsed = playoutRecordSchema.safeParse(received);
    if (!parsed.success) return toSchemaProblem(parsed.error).message;
    if (parsed.data.receiverId !== receiverId) return 'receiverId: of another receiver';
    try {
      return (await store(parsed.data)) ? null : 'the database does not take its values';
    } catch (error) {
      if (isUnstorable(error)) return String(error);
      throw error;
    }
  };

  const takeAll = async (receiverId: ReceiverId, records: ReceivedRecords): Promise<RecordsAnswer> => {
    if (!(await options.untilEnrolled(receiverId)))
      throw new ProblemError('unavailable', 'the database does not answer; send it again');
    const answer: RecordsAnswer = { stored: [], unstorable: [] };
    for (const record of records) {
      const why = await take(receiverId, record);
      // What can never be stored is acknowledged too: it must not keep the records behind it from being sent.
      answer.stored.push(record.id);
      if (why === null) continue;
      answer.unstorable.push(record.id);
      log.error({ receiverId, recordId: record.id, why }, 'a playout record that can never be stored is dropped');
    }
    return answer;
  };

  /** Receivers of which a message is being stored. One that gets no answer in time sends all of it again. */
  const busy = new Set<ReceiverId>();
  return async (receiverId, records) => {
    // While the database is silent the repeats of a whole city would pile up here.
    if (busy.has(receiverId))
      throw new ProblemError('unavailable', 'the message before is still being stored; send it again');
    busy.add(receiverId);
    try {
      return await takeAll(receiverId, records);
    } finally {
      busy.delete(receiverId);
    }
  };
}
