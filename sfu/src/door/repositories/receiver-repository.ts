import type { PrismaClient } from '@loa/prisma/client';
import type { ReceiverId, ZoneId } from '@loa/shared/ids';
import { RECEIVER_KINDS, receiverIdSchema, type ReceiverView } from '@loa/shared/protocol/receivers';

/** Where a receiver was put: its zone as it is stored, which may be gone meanwhile, and the zone that it named itself last. */
export interface ReceiverHome {
  readonly zoneId: ZoneId;
  readonly askedZone: string | null;
}

export interface EnrolledReceiver {
  /** As not connected; `zoneId` as it is stored. */
  readonly view: ReceiverView;
  readonly home: ReceiverHome;
}

export interface ReceiverRepository {
  /** Those that were not removed. */
  readAll(): Promise<EnrolledReceiver[]>;
  find(id: ReceiverId): Promise<EnrolledReceiver | null>;
  /** Keeps what may be lost last: who it is, its settings and, if `moved`, where it was put. */
  save(view: ReceiverView, home: ReceiverHome, moved: boolean): Promise<void>;
  /** Its row stays for its records, marked; it is back when it is saved again. */
  remove(id: ReceiverId): Promise<void>;
}

type Row = NonNullable<Awaited<ReturnType<PrismaClient['receiver']['findFirst']>>>;

function toEnrolled(row: Row): EnrolledReceiver {
  const zoneId = row.zoneId as ZoneId;
  const view: ReceiverView = {
    receiverId: receiverIdSchema.parse(row.id),
    name: row.name,
    kind: RECEIVER_KINDS.find((kind) => kind === row.kind) ?? 'loudspeaker',
    zoneId,
    online: false,
    lastSeenAt: row.lastSeenAt?.getTime() ?? null,
    softwareVersion: row.softwareVersion ?? '',
    volume: row.volume,
    emergencyVolume: row.emergencyVolume,
    muted: row.muted,
    report: null,
  };
  return { view, home: { zoneId, askedZone: row.askedZone } };
}

export function createReceiverRepository(prisma: PrismaClient): ReceiverRepository {
  return {
    async readAll() {
      return (await prisma.receiver.findMany({ where: { removedAt: null } })).map(toEnrolled);
    },
    async find(id) {
      const row = await prisma.receiver.findUnique({ where: { id, removedAt: null } });
      return row && toEnrolled(row);
    },
    async save(view, { zoneId, askedZone }, moved) {
      const { receiverId, name, kind, volume, emergencyVolume, muted, lastSeenAt, softwareVersion } = view;
      const data = {
        name,
        kind,
        volume,
        emergencyVolume,
        muted,
        lastSeenAt: lastSeenAt === null ? null : new Date(lastSeenAt),
        softwareVersion,
        askedZone,
        removedAt: null,
      };
      await prisma.receiver.upsert({
        where: { id: receiverId },
        create: { id: receiverId, zoneId, ...data },
        // Staff may have moved it in the database meanwhile: its zone is written only by who decides it.
        update: moved ? { zoneId, ...data } : data,
      });
    },
    async remove(id) {
      await prisma.receiver.updateMany({ where: { id, removedAt: null }, data: { removedAt: new Date() } });
    },
  };
}
