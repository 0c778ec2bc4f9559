import type { Logger } from 'pino';
import type { ChangeStamp, ZoneRepository } from '../repositories/zone-repository.ts';
import { within } from '../within.ts';
import type { ZoneBook } from './zone-book.ts';

const DATABASE_WAIT_MS = 5_000;

/** Notices that the tree in force has changed, by time or in the database, and that receivers were enrolled or moved there. */
export interface ZoneWatch {
  /** Looks now. */
  check(): Promise<void>;
  close(): void;
}

export interface ZoneWatchOptions {
  readonly book: ZoneBook;
  readonly zones: ZoneRepository;
  /** How often the database is looked at, in ms. What is known to begin at an instant begins at that instant. */
  readonly everyMs: number;
  now(): number;
  /** `book` has another tree than before. */
  onTree(): void;
  /** Looks at the rows of receivers; false when they have to be looked at again. */
  onReceivers(): Promise<boolean>;
  /** At every look, to try again what did not succeed. */
  onCheck(): void;
  readonly log: Logger;
}

export function createZoneWatch(options: ZoneWatchOptions): ZoneWatch {
  const { book, zones, log } = options;
  let seen: ChangeStamp = { zones: '', receivers: '' };
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | null = null;
  let closed = false;
  let lookedAt = Number.NEGATIVE_INFINITY;

  /** What cannot be a tree is not taken over: the sound goes on over the last one that was. */
  const turn = (records?: Awaited<ReturnType<ZoneRepository['read']>>): boolean => {
    const before = book.current.treeVersion;
    try {
      book.turn(Math.floor(options.now()), records);
    } catch (error) {
      log.error({ err: error }, 'the zones in the database are no tree; going on with the last one that was');
      return false;
    }
    if (book.current.treeVersion === before) return true;
    log.info({ treeVersion: book.current.treeVersion, zones: book.current.zones.length }, 'the zone tree has changed');
    options.onTree();
    return true;
  };

  const look = async () => {
    const stamp = await within(zones.readStamp(), DATABASE_WAIT_MS, 'the database');
    if (stamp.zones !== seen.zones) {
      const records = await within(zones.read(), DATABASE_WAIT_MS, 'the database');
      if (!closed && turn(records)) seen = { ...seen, zones: stamp.zones };
    }
    if (stamp.receivers !== seen.receivers && (await options.onReceivers()))
      seen = { ...seen, receivers: stamp.receivers };
  };

  const run = async () => {
    // First what is known already: it must not wait for a database.
    turn();
    options.onCheck();
    await look().catch((error: unknown) => log.warn({ err: error }, 'the zones could not be looked at'));
    lookedAt = performance.now();
  };

  const check = (): Promise<void> => {
    clearTimeout(timer);
    running ??= run().finally(() => {
      running = null;
      plan();
    });
    return running;
  };

  const plan = () => {
    if (closed) return;
    const next = book.nextChange(Math.floor(options.now()));
    const untilLook = Math.max(0, lookedAt + options.everyMs - performance.now());
    // A millisecond more: timers may come early, and a version begins at its instant and not before.
    const untilChange = next === null ? Number.POSITIVE_INFINITY : next - options.now() + 1;
    timer = setTimeout(
      () => {
        if (untilChange >= untilLook) return void check();
        turn();
        plan();
      },
      Math.max(1, Math.min(untilLook, untilChange)),
    );
  };
  plan();

  return {
    check,
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
