import type { PrismaClient } from '@loa/prisma/client';
import type { ZoneId } from '@loa/shared/ids';
import { RECEIVER_KINDS, receiverIdSchema, type ReceiverView } from '@loa/shared/protocol/receivers';

export interface ReceiverRepository {
  /** All enrolled receivers, as not connected. */
  readAll(): Promise<ReceiverView[]>;
  /** Keeps what may be lost last: who it is, where it stands and its settings. */
  save(view: ReceiverView): Promise<void>;
}

export function createReceiverRepository(prisma: PrismaClient): ReceiverRepository {
  return {
    async readAll() {
      const rows = await prisma.receiver.findMany();
      return rows.map((row) => ({
        receiverId: receiverIdSchema.parse(row.id),
        name: row.name,
        kind: RECEIVER_KINDS.find((kind) => kind === row.kind) ?? 'loudspeaker',
        zoneId: row.zoneId as ZoneId,
        online: false,
        lastSeenAt: row.lastSeenAt?.getTime() ?? null,
        softwareVersion: row.softwareVersion ?? '',
        volume: row.volume,
        emergencyVolume: row.emergencyVolume,
        muted: row.muted,
        report: null,
      }));
    },
    async save({ receiverId, name, kind, zoneId, volume, emergencyVolume, muted, lastSeenAt, softwareVersion }) {
      const data = {
        name,
        kind,
        zoneId,
        volume,
        emergencyVolume,
        muted,
        lastSeenAt: lastSeenAt === null ? null : new Date(lastSeenAt),
        softwareVersion,
      };
      await prisma.receiver.upsert({ where: { id: receiverId }, create: { id: receiverId, ...data }, update: data });
    },
  };
}
