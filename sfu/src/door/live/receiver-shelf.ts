import pLimit from 'p-limit';
import type { Logger } from 'pino';
import type { ReceiverId } from '@loa/shared/ids';
import type { ReceiverView } from '@loa/shared/protocol/receivers';
import { isDatabaseAway, isUnstorable } from '../repositories/database-error.ts';
import type {
  EnrolledReceiver,
  ReceiverHome,
  ReceiverRepository,
  SavedReceiver,
} from '../repositories/receiver-repository.ts';
import { createRetryingStore } from '../retrying-store.ts';

/** Changes that wait for a database that is away: each receiver many times over. */
const MAX_UNSTORED_CHANGES = 100_000;
/** When a city's receivers come back at once, connections to the database are left for the log. */
const STORED_AT_A_TIME = 4;
/** Changes of so long are stored together: a city that comes back is a few statements, not one for each receiver. */
const GATHER_MS = 100;

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
  const oneByOne = pLimit(STORED_AT_A_TIME);

  const savedOf = (view: ReceiverView): SavedReceiver => {
    const { receiverId: id, zoneId } = view;
    return { view, home: homes.get(id) ?? { zoneId, askedZone: null }, moved: moved.has(id) };
  };
  const write = async (id: ReceiverId): Promise<void> => {
    const view = viewOf(id);
    return view ? receivers.save(savedOf(view)) : receivers.remove(id);
  };

  /** Stores these by `work`; what has changed meanwhile is stored with its own turn. */
  const storing = async (ids: readonly ReceiverId[], work: () => Promise<void>): Promise<void> => {
    const stored = ids.map((id) => [id, unsaved.get(id)] as const);
    const someMove = ids.some((id) => moved.has(id));
    if (someMove) moves += 1;
    await work();
    if (someMove) moves += 1;
    for (const [id, change] of stored) {
      if (unsaved.get(id) !== change) continue;
      unsaved.delete(id);
      moved.delete(id);
    }
  };
  const storeOne = (id: ReceiverId) =>
    storing([id], () =>
      write(id).catch((error: unknown) => {
        if (!isUnstorable(error)) throw error;
        log.error({ err: error, receiverId: id }, 'a receiver that can never be stored');
      }),
    );
  const storeTogether = (ids: readonly ReceiverId[]) =>
    storing(ids, () => receivers.saveAll(ids.flatMap((id) => viewOf(id) ?? []).map(savedOf)));

  /** All of it has ended before the next attempt: two writes of one receiver must not overtake each other. */
  const store = async (given: readonly ReceiverId[]): Promise<void> => {
    const ids = [...new Set(given)].filter((id) => unsaved.has(id));
    const shown = ids.filter((id) => viewOf(id) !== undefined);
    const alone = new Set(shown.length > 1 ? ids.filter((id) => viewOf(id) === undefined) : ids);
    if (alone.size < ids.length) {
      await storeTogether(shown).catch((error: unknown) => {
        if (isDatabaseAway(error)) throw error;
        // One of them may be what the database never takes; the others do not wait for it.
        for (const id of shown) alone.add(id);
      });
    }
    const outcomes = await Promise.allSettled([...alone].map((id) => oneByOne(() => storeOne(id))));
    const failure = outcomes.find(({ status }) => status === 'rejected');
    if (failure?.status === 'rejected') throw failure.reason;
  };

  const queue = createRetryingStore<ReceiverId>({
    what: 'receivers',
    max: MAX_UNSTORED_CHANGES,
    store,
    log,
  });

  /** Changed, and gathered for one statement. */
  const due = new Set<ReceiverId>();
  let gathering: { readonly timer: NodeJS.Timeout; readonly over: Promise<void>; readonly end: () => void } | null =
    null;
  const hand = () => {
    clearTimeout(gathering?.timer);
    gathering?.end();
    gathering = null;
    queue.add([...due]);
    due.clear();
  };
  const gather = () => {
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    return { timer: setTimeout(hand, GATHER_MS), over, end };
  };
  const change = (id: ReceiverId) => {
    changes += 1;
    unsaved.set(id, changes);
    due.add(id);
    gathering ??= gather();
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
    async settled(waitMs) {
      await gathering?.over;
      return queue.settled(waitMs);
    },
    async readRows() {
      const before = moves;
      const rows = await receivers.readAll();
      return moves === before && moved.size === 0 ? rows : null;
    },
    close(timeoutMs) {
      hand();
      return queue.close(timeoutMs);
    },
  };
}
