import type { PrismaClient } from '@loa/prisma/client';
import type { SegmentId } from '@loa/shared/ids';
import type { SegmentView } from '@loa/shared/protocol/live';

export interface NewSegment {
  readonly segmentId: SegmentId;
  readonly title: string;
  readonly originalName: string;
  readonly purpose: SegmentView['purpose'];
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** Segments that a library holds; all of them are kept in memory and listed. */
export const MAX_SEGMENTS = 1_000;

export interface SegmentRepository {
  create(segment: NewSegment): Promise<SegmentView>;
  markReady(
    id: SegmentId,
    about: { durationMs: number; loudnessLufs: number | null; truePeakDbtp: number | null; path: string },
  ): Promise<SegmentView>;
  markFailed(id: SegmentId, error: string): Promise<SegmentView>;
  /** Nobody works any more on those of `ids` that are not finished, nor on any that were begun before `before`. */
  failUnfinished(ids: readonly string[], before: Date, error: string): Promise<void>;
  find(id: SegmentId): Promise<SegmentView | null>;
  list(): Promise<SegmentView[]>;
  remove(id: SegmentId): Promise<boolean>;
}

type Row = Awaited<ReturnType<PrismaClient['segment']['findFirstOrThrow']>>;

function toView(row: Row): SegmentView {
  const status = row.status as SegmentView['status'];
  return {
    segmentId: row.id as SegmentId,
    title: row.title,
    originalName: row.originalName,
    purpose: row.kind as SegmentView['purpose'],
    status,
    progress: status === 'ready' ? 1 : 0,
    error: row.error,
    durationMs: row.durationMs,
    loudnessLufs: row.loudnessLufs,
    truePeakDbtp: row.truePeakDbtp,
    createdAt: row.createdAt.getTime(),
  };
}

export function createSegmentRepository(prisma: PrismaClient): SegmentRepository {
  return {
    async create({ segmentId, title, originalName, purpose, sizeBytes, sha256 }) {
      const data = { id: segmentId, title, originalName, kind: purpose, sizeBytes, sha256, status: 'processing' };
      return toView(await prisma.segment.create({ data }));
    },
    async markReady(id, about) {
      return toView(await prisma.segment.update({ where: { id }, data: { ...about, status: 'ready', error: null } }));
    },
    async markFailed(id, error) {
      return toView(await prisma.segment.update({ where: { id }, data: { status: 'failed', error } }));
    },
    async failUnfinished(ids, before, error) {
      const abandoned = { OR: [{ id: { in: [...ids] } }, { createdAt: { lt: before } }] };
      await prisma.segment.updateMany({
        where: { status: 'processing', ...abandoned },
        data: { status: 'failed', error },
      });
    },
    async find(id) {
      const row = await prisma.segment.findUnique({ where: { id } });
      return row && toView(row);
    },
    async list() {
      return (await prisma.segment.findMany({ orderBy: { createdAt: 'desc' }, take: MAX_SEGMENTS })).map(toView);
    },
    async remove(id) {
      return (await prisma.segment.deleteMany({ where: { id } })).count > 0;
    },
  };
}
