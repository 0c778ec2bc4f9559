import pLimit from 'p-limit';
import type { Logger } from 'pino';
import type { ReceiverId } from '@loa/shared/ids';
import type { PlayoutRecord } from '@loa/shared/protocol/receivers';
import type { PlayoutRepository } from '../repositories/playout-repository.ts';
import type { ZoneBook } from '../zones/zone-book.ts';
import type { LivePicture } from './live-picture.ts';

/** When a city's receivers send their records at once, connections to the database are left for the log. */
const STORED_AT_A_TIME = 4;

/** Stores what a receiver says that it rendered; answers with the ids that it may forget, rejects when it has to ask again. */
export type RecordIntake = (receiverId: ReceiverId, records: readonly PlayoutRecord[]) => Promise<string[]>;

export interface RecordIntakeOptions {
  readonly picture: LivePicture;
  readonly book: ZoneBook;
  readonly playouts: PlayoutRepository;
  readonly log: Logger;
}

export function createRecordIntake({ picture, book, playouts, log }: RecordIntakeOptions): RecordIntake {
  const storing = pLimit(STORED_AT_A_TIME);
  return async (receiverId, records) => {
    const stored: string[] = [];
    for (const record of records) {
      const broadcastId =
        picture.broadcastIdOfTag(record.tag) ?? (await playouts.findBroadcastId(record.tag, record.firstSoundAt));
      const about = { broadcastId, zonePathText: book.pathText(record.zoneId) };
      const kept = record.receiverId === receiverId && (await storing(() => playouts.store(record, about)));
      // What can never be stored is acknowledged too: it must not keep the records behind it from being sent.
      if (!kept) log.error({ receiverId, record }, 'a playout record that cannot be stored is dropped');
      stored.push(record.id);
    }
    return stored;
  };
}
