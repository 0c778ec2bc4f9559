import type { Logger } from 'pino';
import type { SourceId } from '@loa/shared/ids';
import { MAX_SOURCES } from '@loa/shared/protocol/limits';
import { type Answer, type Asked, type IceAnswer, LinkError, type SourceState } from '../../link/messages.ts';
import type { WorkerPool } from '../workers/worker-pool.ts';
import { createWhipSource, type WhipSource, type WhipSourceEvents } from './whip-source.ts';

/** The WHIP sessions of this pump. */
export interface SourceDesk {
  open(ask: Asked<'whip:open'>): Promise<Answer<'whip:open'>>;
  restart(sourceId: SourceId): Promise<IceAnswer>;
  close(sourceId: SourceId): void;
  has(sourceId: SourceId): boolean;
  /** Those that are connected and not away. */
  readonly present: SourceId[];
  /** A session that does not exist is away as well. */
  isAway(sourceId: SourceId): boolean;
  readonly states: SourceState[];
  readonly size: number;
  /** Packets that were not taken, of sources that are gone as well. */
  readonly droppedPackets: number;
  /** TL8: see `WhipSource.clockSet`. */
  clockSet(): void;
  watch(nowMs: number): void;
  closeAll(): void;
}

export function createSourceDesk(
  workers: WorkerPool,
  events: WhipSourceEvents,
  now: () => number,
  logger: Logger,
): SourceDesk {
  const sources = new Map<SourceId, WhipSource>();
  const opening = new Set<SourceId>();
  /** By sources that are gone. */
  let droppedBefore = 0;

  const found = (sourceId: SourceId): WhipSource => {
    const source = sources.get(sourceId);
    if (!source) throw new LinkError('not-found', 'no such source');
    return source;
  };

  return {
    async open(ask) {
      const { sourceId } = ask;
      if (sources.size + opening.size >= MAX_SOURCES)
        throw new LinkError(
          'too-many-requests',
          `there are ${MAX_SOURCES} sources already: end one (DELETE its Location), or try again in a minute`,
        );
      if (sources.has(sourceId) || opening.has(sourceId)) throw new LinkError('conflict', 'this source exists');
      opening.add(sourceId);
      try {
        const onClosed = (id: SourceId) => {
          droppedBefore += sources.get(id)?.state.droppedPackets ?? 0;
          sources.delete(id);
          events.onClosed(id);
        };
        const source = await workers.use((worker) =>
          createWhipSource(ask, worker, { ...events, onClosed }, now, logger),
        );
        sources.set(sourceId, source);
        return source.answer;
      } finally {
        opening.delete(sourceId);
      }
    },
    restart: (sourceId) => found(sourceId).restart(),
    close: (sourceId) => found(sourceId).close(),
    has: (sourceId) => sources.has(sourceId),
    isAway: (sourceId) => sources.get(sourceId)?.away ?? true,
    get present() {
      return [...sources.values()].flatMap(({ sourceId, away }) => (away ? [] : [sourceId]));
    },
    get states() {
      return [...sources.values()].map(({ state }) => state);
    },
    get size() {
      return sources.size;
    },
    get droppedPackets() {
      return [...sources.values()].reduce((sum, { state }) => sum + state.droppedPackets, droppedBefore);
    },
    clockSet() {
      for (const source of sources.values()) source.clockSet();
    },
    watch(nowMs) {
      for (const source of sources.values()) source.watch(nowMs);
    },
    closeAll() {
      for (const source of sources.values()) source.close();
    },
  };
}
