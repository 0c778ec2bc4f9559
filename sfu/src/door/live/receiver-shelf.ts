import type { Logger } from 'pino';
import type { ReceiverId } from '@loa/shared/ids';
import type { ReceiverView } from '@loa/shared/protocol/receivers';
import type { EnrolledReceiver, ReceiverHome, ReceiverRepository } from '../repositories/receiver-repository.ts';

/** What is known and stored of each receiver beyond its view: where it was put, and whether the database knows it. */
export interface ReceiverShelf {
  homeOf(id: ReceiverId): ReceiverHome | undefined;
  /** Takes over what the database says. */
  learn(id: ReceiverId, home: ReceiverHome): void;
  /** Stores a receiver, with another home if one is given; rejects when the database does not take it. */
  store(view: ReceiverView, home?: ReceiverHome): Promise<void>;
  /** The same, for those who do not wait: what fails is stored with the next that succeeds. */
  save(view: ReceiverView, home?: ReceiverHome): void;
  /** The database does not have it as it is: its records could not be stored either. */
  isUnsaved(id: ReceiverId): boolean;
  /** Reads all rows; null when a home was stored meanwhile, so that the rows may be older than what is known. */
  readRows(): Promise<EnrolledReceiver[] | null>;
}

export function createReceiverShelf(receivers: ReceiverRepository, log: Logger): ReceiverShelf {
  const homes = new Map<ReceiverId, ReceiverHome>();
  const unsaved = new Set<ReceiverId>();
  /** Their homes have to be written, too. */
  const moved = new Set<ReceiverId>();
  let moves = 0;

  const store = async (view: ReceiverView, home?: ReceiverHome) => {
    const id = view.receiverId;
    unsaved.add(id);
    if (home) {
      // Only who is put elsewhere is written elsewhere: staff may have moved it in the database a moment ago.
      if (homes.get(id)?.zoneId !== home.zoneId) moved.add(id);
      homes.set(id, home);
    }
    const present = homes.get(id) ?? { zoneId: view.zoneId, askedZone: null };
    const isMove = moved.has(id);
    if (isMove) moves += 1;
    await receivers.save(view, present, isMove);
    if (isMove) moves += 1;
    if (homes.get(id)?.zoneId === present.zoneId) moved.delete(id);
    unsaved.delete(id);
  };

  return {
    homeOf: (id) => homes.get(id),
    learn: (id, home) => void homes.set(id, home),
    store,
    save(view, home) {
      store(view, home).catch((error: unknown) =>
        log.error({ err: error, receiverId: view.receiverId }, 'receiver not stored; its next records try again'),
      );
    },
    isUnsaved: (id) => unsaved.has(id),
    async readRows() {
      const before = moves;
      const rows = await receivers.readAll();
      return moves === before && moved.size === 0 ? rows : null;
    },
  };
}
