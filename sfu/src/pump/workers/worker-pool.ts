import type { Logger } from 'pino';
import { type Answer, LinkError } from '../../link/messages.ts';
import type { MediaWorker } from './media-worker.ts';

/** A worker that dies more often than this has a reason that a new one does not cure. */
const MAX_DEATHS_PER_MINUTE = 5;
const MINUTE_MS = 60_000;
/** A client that comes while a worker is being replaced waits this long for it. */
const REPLACEMENT_TIMEOUT_MS = 3_000;

/**
 * The media workers of this pump: as many as the machine has cores for. One that dies is replaced; what was connected to it is
 * closed and its clients connect again, those of the other workers hear nothing of it.
 */
export interface WorkerPool {
  readonly pids: readonly number[];
  readonly alive: readonly MediaWorker[];
  readonly figures: Answer<'stats'>['workers'];
  /** Packets that are made from now to the end of this turn of the event loop go to each worker in one piece. */
  gatherWrites(): void;
  /**
   * The worker with the fewest transports, of those that are preferred if there is any; waits while there is none at all. Throws a
   * LinkError when there will be none.
   */
  pick(prefer?: (worker: MediaWorker) => boolean): Promise<MediaWorker>;
  /** Does something with a worker; when that one dies meanwhile, again with another one. */
  use<T>(task: (worker: MediaWorker) => Promise<T>, prefer?: (worker: MediaWorker) => boolean): Promise<T>;
  close(): void;
}

export interface WorkerPoolOptions {
  readonly count: number;
  readonly log: Logger;
  /** Makes the worker of one slot; `onDied` is called once. */
  create(slot: number, onDied: (error: Error) => void): Promise<MediaWorker>;
  /** Workers keep dying, or cannot be started any more. */
  onFatal(error: Error): void;
}

export async function createWorkerPool({ count, log, create, onFatal }: WorkerPoolOptions): Promise<WorkerPool> {
  const slots: Array<MediaWorker | null> = Array.from({ length: count }, () => null);
  const waiting = new Set<() => void>();
  let deaths: number[] = [];
  let died = 0;
  let packetsOfDead = 0;
  const alive = () => slots.filter((worker) => worker !== null);
  let closed = false;

  const fill = async (slot: number): Promise<void> => {
    const worker = await create(slot, (error) => replace(slot, error));
    if (closed) return worker.close();
    slots[slot] = worker;
    for (const go of waiting) go();
  };

  const replace = (slot: number, error: Error) => {
    if (closed) return;
    packetsOfDead += slots[slot]?.packetsSent ?? 0;
    slots[slot] = null;
    died += 1;
    const now = performance.now();
    deaths = [...deaths.filter((at) => now - at < MINUTE_MS), now];
    log.error({ err: error, slot, deathsInAMinute: deaths.length }, 'a media worker died');
    if (deaths.length > MAX_DEATHS_PER_MINUTE) return onFatal(error);
    fill(slot).then(
      () => log.info({ slot, pid: slots[slot]?.pid }, 'the media worker is replaced'),
      (failure: unknown) => onFatal(failure instanceof Error ? failure : new Error(String(failure))),
    );
  };

  const leastLoaded = (prefer: (worker: MediaWorker) => boolean): MediaWorker | undefined => {
    const alive = slots.filter((worker) => worker !== null && !worker.closed) as MediaWorker[];
    const preferred = alive.filter(prefer);
    return (preferred.length > 0 ? preferred : alive).sort((a, b) => a.transports - b.transports)[0];
  };

  const close = () => {
    closed = true;
    for (const worker of slots) worker?.close();
    for (const go of waiting) go();
  };

  try {
    await Promise.all(slots.map((_, slot) => fill(slot)));
  } catch (error) {
    close();
    throw error;
  }

  const pick = async (prefer: (worker: MediaWorker) => boolean = () => false): Promise<MediaWorker> => {
    const worker = leastLoaded(prefer);
    if (worker || closed) return worker ?? never();
    await new Promise<void>((resolve) => {
      const go = () => {
        clearTimeout(timer);
        waiting.delete(go);
        resolve();
      };
      const timer = setTimeout(go, REPLACEMENT_TIMEOUT_MS);
      waiting.add(go);
    });
    return leastLoaded(prefer) ?? never();
  };

  return {
    get pids() {
      return alive().map(({ pid }) => pid);
    },
    get alive() {
      return alive();
    },
    get figures() {
      const packets = alive().reduce((sum, worker) => sum + worker.packetsSent, packetsOfDead);
      return { wanted: count, alive: alive().length, died, packets };
    },
    gatherWrites() {
      for (const worker of slots) worker?.gatherWrites();
    },
    pick,
    async use(task, prefer) {
      for (;;) {
        const worker = await pick(prefer);
        try {
          return await task(worker);
        } catch (error) {
          // Workers that keep dying end the pump; so this ends.
          if (!worker.closed || closed) throw error;
        }
      }
    },
    close,
  };
}

function never(): never {
  throw new LinkError('unavailable', 'there is no media worker at the moment');
}
