import type { Logger } from 'pino';
import {
  CAPACITY,
  foldCost,
  lookAtBusy,
  NOT_BUSY,
  packetCostUs,
  placesFor,
  steadyPlaces,
  takenUpTo,
} from '@loa/shared/nodes/capacity';
import type { CapacityFigures } from '../../link/figures.ts';
import type { PlaceLimit } from '../paths/places.ts';
import type { CostFile } from './cost-file.ts';
import type { MediaWorker } from './media-worker.ts';

export const LOOK_EVERY_MS = 10_000;
/** NP33: for so long a place is kept for whoever lost its path: a minute. */
const PEAKS = 6;

/** What this node can serve, by what its media workers and its own thread are seen to use (ADR 0022). */
export interface Capacity {
  /** As many as are taken now, and what helps whoever is refused. */
  limit(): PlaceLimit;
  /** So many first paths are here. */
  noteTaken(firsts: number): void;
  readonly figures: CapacityFigures;
  /** Takes a measurement, with as many first paths as are here; to be called every `LOOK_EVERY_MS`. */
  look(firsts: number): Promise<void>;
}

type MeasuredWorker = Pick<MediaWorker, 'closed' | 'packetsSent' | 'joins' | 'usedCpuMs'>;

export interface CapacityOptions {
  /** Those that run. */
  workers(): readonly MeasuredWorker[];
  /** Media workers that are to run. */
  readonly count: number;
  /** The setting; null: as many as can be served. */
  readonly set: number | null;
  readonly safeShare: number;
  /** What the process before this one has measured. */
  readonly costFile: CostFile;
  readonly leastPackets?: number;
  readonly log: Logger;
  /** Monotonic ms. */
  now(): number;
  /** Processor time of the pump's thread, ms. */
  threadCpuMs(): number;
}

interface Reading {
  readonly at: number;
  readonly cpuMs: number;
  readonly packets: number;
  readonly joins: number;
}

export function createCapacity(options: CapacityOptions): Capacity {
  const { workers, count, set, safeShare, costFile, leastPackets, log, now, threadCpuMs } = options;
  const readings = new WeakMap<MeasuredWorker, Reading>();
  let costUs = costFile.read() ?? CAPACITY.startUs;
  let measurements = 0;
  let places = placesFor(costUs, count, safeShare);
  let busy = NOT_BUSY;
  let thread = { at: now(), cpuMs: threadCpuMs() };
  let pumpShare = 0;
  let peaks: readonly number[] = [0];

  const measure = async (worker: MeasuredWorker): Promise<boolean> => {
    const before = readings.get(worker);
    const cpuMs = await worker.usedCpuMs();
    const reading = { at: now(), cpuMs, packets: worker.packetsSent, joins: worker.joins };
    readings.set(worker, reading);
    if (!before) return true;
    const joins = reading.joins - before.joins;
    const packets = reading.packets - before.packets;
    const cost = packetCostUs(
      { cpuMs: cpuMs - before.cpuMs, wallMs: reading.at - before.at, packets, joins },
      leastPackets,
    );
    if (cost !== null) {
      costUs = foldCost(costUs, cost);
      measurements += 1;
    }
    return joins <= CAPACITY.mostJoins;
  };

  const lookAtThread = (isCalm: boolean) => {
    const next = { at: now(), cpuMs: threadCpuMs() };
    pumpShare = (next.cpuMs - thread.cpuMs) / Math.max(1, next.at - thread.at);
    thread = next;
    // Who joins costs the pump much for a moment: a city that comes back is taken in.
    if (isCalm) busy = lookAtBusy(busy, pumpShare, safeShare);
  };

  const upTo = () => takenUpTo(places, Math.max(...peaks), busy.busy, set);
  return {
    limit: () => {
      const max = upTo();
      return { max, remedy: max === set ? 'raise SFU_MAX_LISTENERS' : 'run one more: this machine serves no more' };
    },
    noteTaken(firsts) {
      const [newest = 0, ...older] = peaks;
      if (firsts > newest) peaks = [firsts, ...older];
    },
    get figures() {
      return { packetCostUs: costUs, measurements, places: upTo(), pumpShare };
    },
    async look(firsts) {
      // One that dies meanwhile does not answer.
      const calm = await Promise.all(workers().map((worker) => measure(worker).catch(() => true)));
      lookAtThread(calm.every(Boolean));
      // Who has been here for long has a place of its own as well as who has just come.
      peaks = [firsts, ...peaks].slice(0, PEAKS);
      const next = steadyPlaces(places, placesFor(costUs, count, safeShare));
      if (next === places) return;
      log.info({ packetCostUs: costUs, before: places, places: next }, 'this node serves another number of listeners');
      places = next;
      costFile.write(costUs);
    },
  };
}
