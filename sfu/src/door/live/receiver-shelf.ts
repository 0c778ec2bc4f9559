import pLimit from 'p-limit';
import type { Logger } from 'pino';
import type { ReceiverId } from '@loa/shared/ids';
import type { ReceiverView } from '@loa/shared/protocol/receivers';
import { isUnstorable } from '../repositories/database-error.ts';
import type { EnrolledReceiver, ReceiverHome, ReceiverRepository } from '../repositories/receiver-repository.ts';
import { createRetryingStore } from '../retrying-store.ts';

/** Changes that wait for a database that is away: each receiver many times over. */
const MAX_UNSTORED_CHANGES = 100_000;
/** When a city's receivers come back at once, connections to the database are left for the log. */
const STORED_AT_A_TIME = 4;

/** What is known and stored of each receiver beyond its view: where it was put, and whether the database knows it. */
export interface ReceiverShelf {
  homeOf(id: ReceiverId): ReceiverHome | undefined;
  /** Takes over what the database says. */
  learn(id: ReceiverId, home: ReceiverHome): void;
  /** Stores a receiver as it is shown, with another home if one is given, as soon as the database takes it. */
  save(id: ReceiverId, home?: ReceiverHome): void;
  /** The same for one that is not shown any more: its row is marked. */
  remove(id: ReceiverId): void;
  /** The database does not have it as it is: its records could not be stored either. */
  isUnsaved(id: ReceiverId): boolean;
  /** Settles when all is stored, as soon as the database does not take it, or after this time. */
  settled(waitMs?: number): Promise<unknown>;
  /** Reads all rows; null when a home was stored meanwhile, so that the rows may be older than what is known. */
  readRows(): Promise<EnrolledReceiver[] | null>;
  close(timeoutMs: number): Promise<void>;
}

export function createReceiverShelf(
  receivers: ReceiverRepository,
  viewOf: (id: ReceiverId) => ReceiverView | undefined,
  log: Logger,
): ReceiverShelf {
  const homes = new Map<ReceiverId, ReceiverHome>();
  /** Each with the number of its last change. */
  const unsaved = new Map<ReceiverId, number>();
  /** Their homes have to be written, too, or that they are gone. */
  const moved = new Set<ReceiverId>();
  let changes = 0;
  let moves = 0;
  const storing = pLimit(STORED_AT_A_TIME);

  const write = async (id: ReceiverId): Promise<void> => {
    const view = viewOf(id);
    if (!view) return receivers.remove(id);
    const home = homes.get(id) ?? { zoneId: view.zoneId, askedZone: null };
    return receivers.save(view, home, moved.has(id));
  };

  const store = async (id: ReceiverId): Promise<void> => {
    const change = unsaved.get(id);
    if (change === undefined) return;
    const isMove = moved.has(id);
    if (isMove) moves += 1;
    await write(id).catch((error: unknown) => {
      if (!isUnstorable(error)) throw error;
      log.error({ err: error, receiverId: id }, 'a receiver that can never be stored');
    });
    if (isMove) moves += 1;
    // What has changed meanwhile is stored with its own turn.
    if (unsaved.get(id) !== change) return;
    unsaved.delete(id);
    moved.delete(id);
  };

  const queue = createRetryingStore<ReceiverId>({
    what: 'receivers',
    max: MAX_UNSTORED_CHANGES,
    async store(ids) {
      // All of them have ended before the next attempt: two writes of one receiver must not overtake each other.
      const outcomes = await Promise.allSettled([...new Set(ids)].map((id) => storing(() => store(id))));
      const failure = outcomes.find(({ status }) => status === 'rejected');
      if (failure?.status === 'rejected') throw failure.reason;
    },
    log,
  });

  const change = (id: ReceiverId) => {
    changes += 1;
    unsaved.set(id, changes);
    queue.add([id]);
  };

  return {
    homeOf: (id) => homes.get(id),
    learn: (id, home) => void homes.set(id, home),
    save(id, home) {
      if (home) {
        // Only who is put elsewhere is written elsewhere: staff may have moved it in the database a moment ago.
        if (homes.get(id)?.zoneId !== home.zoneId) moved.add(id);
        homes.set(id, home);
      }
      change(id);
    },
    remove(id) {
      homes.delete(id);
      moved.add(id);
      change(id);
    },
    isUnsaved: (id) => unsaved.has(id),
    settled: (waitMs) => queue.settled(waitMs),
    async readRows() {
      const before = moves;
      const rows = await receivers.readAll();
      return moves === before && moved.size === 0 ? rows : null;
    },
    close: (timeoutMs) => queue.close(timeoutMs),
  };
}
