import type { ZoneId } from '@loa/shared/ids';
import { type Answer, type Asked, type IceAnswer, LinkError } from '../../link/messages.ts';
import type { Bus } from '../buses/bus.ts';
import type { BusMap } from '../buses/bus-map.ts';
import { createPublicAudience, type PublicWish } from '../outputs/public-audience.ts';
import type { ZoneOutputs } from '../outputs/zone-outputs.ts';
import type { MediaWorker } from '../workers/media-worker.ts';
import type { WorkerPool } from '../workers/worker-pool.ts';
import { type ListeningPath, openListeningPath } from './listening-path.ts';
import { createPlaces, type PlaceLimit } from './places.ts';

/** Share of the listeners who may be people online: whatever comes of that kind, loudspeakers find a place. */
const MAX_PUBLIC_SHARE = 1 / 3;

/** The WHEP sessions of this pump. */
export interface PathDesk {
  open(ask: Asked<'whep:open'>): Promise<Answer<'whep:open'>>;
  restart(pathId: string): Promise<IceAnswer>;
  close(pathId: string): void;
  readonly size: number;
  /** Second paths among them (ND20). */
  readonly seconds: number;
  /** First paths, those that are being opened included. */
  readonly firsts: number;
  /** As many listeners as this node can serve, those that are being opened included and second paths not: they give way. */
  readonly isFull: boolean;
  closeAll(): void;
}

export interface PathDeskOptions {
  readonly workers: WorkerPool;
  /** Listeners that this node takes now. */
  limit(): PlaceLimit;
  /** So many first paths are here. */
  onTaken(firsts: number): void;
  readonly buses: BusMap;
  readonly outputs: ZoneOutputs;
  readonly controlBus: Bus;
  /** An output has a new listener, or its first: what is on air has to be put on it. */
  onOutputOpened(): void;
  onClosed(pathId: string): void;
}

const isSecond = ({ streams }: Asked<'whep:open'>) => streams.some(({ of }) => of.kind === 'emergencies');

export function createPathDesk(options: PathDeskOptions): PathDesk {
  const { workers, limit, buses, outputs, controlBus } = options;
  const paths = new Map<string, ListeningPath>();
  const audience = createPublicAudience<MediaWorker>(() => {
    const { max, remedy } = limit();
    return { max: Math.floor(max * MAX_PUBLIC_SHARE), remedy };
  });
  const places = createPlaces(limit, (pathId) => paths.get(pathId)?.close());

  const found = (pathId: string): ListeningPath => {
    const path = paths.get(pathId);
    if (!path) throw new LinkError('not-found', 'no such path');
    return path;
  };

  /** Null: a receiver, which no limit of people online concerns. */
  const wishOf = ({ streams, payloadType }: Asked<'whep:open'>): PublicWish | null => {
    const zones = streams.flatMap(({ of }) => (of.kind === 'output' ? [of.zoneId] : []));
    return zones.length > 0 ? { zones, payloadType } : null;
  };

  const openPath = async (ask: Asked<'whep:open'>, worker: MediaWorker): Promise<ListeningPath> => {
    const opened: ZoneId[] = [];
    let isGone = false;
    const path = await openListeningPath(
      ask,
      worker,
      (of) => {
        if (of.kind === 'control') return controlBus;
        if (of.kind === 'bus') return buses.open(of.zoneId, 'everything');
        if (of.kind === 'emergencies') return buses.open(of.zoneId, 'emergencies');
        opened.push(of.zoneId);
        return outputs.open(of.zoneId);
      },
      (pathId) => {
        isGone = true;
        for (const zoneId of opened) outputs.release(zoneId);
        // One that was not open yet fails, and nobody is told of it: it may still come about with another worker.
        if (!paths.delete(pathId)) return;
        places.leave(pathId);
        audience.leave(pathId);
        options.onClosed(pathId);
      },
    );
    // Its worker died at the last moment: nobody would ever take it out again.
    if (isGone) throw new LinkError('unavailable', 'closed while it was opened; POST the offer again');
    paths.set(ask.pathId, path);
    if (opened.length > 0) options.onOutputOpened();
    return path;
  };

  return {
    async open(ask) {
      if (paths.has(ask.pathId)) throw new LinkError('conflict', 'this path exists');
      const wish = wishOf(ask);
      if (wish) audience.admit(ask.pathId, wish);
      const fairShare = limit().max / workers.figures.wanted;
      try {
        places.enter(ask.pathId, isSecond(ask), ask.insteadOf);
        options.onTaken(places.firsts);
        const path = await workers.use(
          (worker) => {
            if (wish) audience.place(ask.pathId, worker);
            return openPath(ask, worker);
          },
          // People who listen to the same are together: each worker that they are on costs one more write for each frame.
          (worker) =>
            wish !== null && audience.isWritten(wish, worker) && (worker.transports < fairShare || !audience.hasRoom),
        );
        if (!places.has(ask.pathId)) {
          path.close();
          throw new LinkError('too-many-requests', 'its place was taken by a first path while it was opened');
        }
        return path.answer;
      } catch (error) {
        audience.leave(ask.pathId);
        places.leave(ask.pathId);
        throw error;
      }
    },
    restart: (pathId) => found(pathId).restart(),
    close: (pathId) => found(pathId).close(),
    get size() {
      return paths.size;
    },
    get seconds() {
      return places.seconds;
    },
    get firsts() {
      return places.firsts;
    },
    get isFull() {
      return places.isFull;
    },
    closeAll() {
      for (const path of paths.values()) path.close();
    },
  };
}
