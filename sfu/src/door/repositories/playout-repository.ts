import type { PrismaClient } from '@loa/prisma/client';
import type { PlayoutRecord } from '@loa/shared/protocol/receivers';
import { isUnstorable } from './database-error.ts';

export interface StoredPlayout extends PlayoutRecord {
  readonly broadcastId: string | null;
  readonly zonePathText: string;
}

export interface PlayoutRepository {
  /**
   * Stores a record, or lets an open one grow; one that is shorter than what is stored changes nothing. False when the
   * database will never take it, whatever is tried; rejects when it may later.
   */
  store(record: PlayoutRecord, about: { broadcastId: string | null; zonePathText: string }): Promise<boolean>;
  read(filter: { broadcastId?: string; receiverId?: string; limit: number }): Promise<StoredPlayout[]>;
  /** The newest broadcast that had this tag, for records that come late. */
  findBroadcastId(tag: number, firstSoundAt: number): Promise<string | null>;
}

export function createPlayoutRepository(prisma: PrismaClient): PlayoutRepository {
  return {
    async store(record, about) {
      const { id, receiverId, tag, zoneId, lostPackets } = record;
      const data = {
        receiverId,
        tag,
        zoneId,
        lostPackets,
        broadcastId: about.broadcastId,
        zonePathText: about.zonePathText,
        rank: record.rank,
        final: record.final,
        firstSoundAt: new Date(record.firstSoundAt),
        lastSoundAt: new Date(record.lastSoundAt),
        renderedMs: Math.round(record.renderedMs),
        concealedMs: Math.round(record.concealedMs),
        levelDbfs: record.levelDbfs,
      };
      const grown = { id, receiverId, final: false, renderedMs: { lte: data.renderedMs } };
      try {
        await prisma.playoutRecord.createMany({ data: [{ id, ...data }], skipDuplicates: true });
        await prisma.playoutRecord.updateMany({ where: grown, data });
        return true;
      } catch (error) {
        if (isUnstorable(error)) return false;
        throw error;
      }
    },
    async read({ broadcastId, receiverId, limit }) {
      const rows = await prisma.playoutRecord.findMany({
        where: { ...(broadcastId ? { broadcastId } : {}), ...(receiverId ? { receiverId } : {}) },
        orderBy: { firstSoundAt: 'desc' },
        take: limit,
      });
      return rows.map((row) => ({
        id: row.id,
        receiverId: row.receiverId as PlayoutRecord['receiverId'],
        tag: row.tag,
        rank: row.rank,
        zoneId: row.zoneId as PlayoutRecord['zoneId'],
        firstSoundAt: row.firstSoundAt.getTime(),
        lastSoundAt: row.lastSoundAt.getTime(),
        renderedMs: row.renderedMs,
        lostPackets: row.lostPackets,
        concealedMs: row.concealedMs,
        levelDbfs: row.levelDbfs,
        final: row.final,
        broadcastId: row.broadcastId,
        zonePathText: row.zonePathText,
      }));
    },
    async findBroadcastId(tag, firstSoundAt) {
      const row = await prisma.broadcast.findFirst({
        where: { tag, startedAt: { lte: new Date(firstSoundAt + 5_000) } },
        orderBy: { startedAt: 'desc' },
        select: { id: true },
      });
      return row?.id ?? null;
    },
  };
}
