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

export interface SavedReceiver {
  readonly view: ReceiverView;
  readonly home: ReceiverHome;
  readonly moved: boolean;
}

export interface ReceiverRepository {
  /** Those that were not removed. */
  readAll(): Promise<EnrolledReceiver[]>;
  find(id: ReceiverId): Promise<EnrolledReceiver | null>;
  /** Keeps what may be lost last: who it is, its settings and, if `moved`, where it was put. */
  save(saved: SavedReceiver): Promise<void>;
  /** The same for many, each once, in one statement for those that have moved and one for the others; what has failed may be saved again. */
  saveAll(saved: readonly SavedReceiver[]): Promise<void>;
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

/** What is stored of a receiver, but for its zone. */
function columnsOf({ view, home: { askedZone } }: SavedReceiver) {
  const { name, kind, volume, emergencyVolume, muted, lastSeenAt, softwareVersion } = view;
  const seenAt = lastSeenAt === null ? null : new Date(lastSeenAt);
  return { name, kind, volume, emergencyVolume, muted, lastSeenAt: seenAt, softwareVersion, askedZone };
}

export function createReceiverRepository(prisma: PrismaClient): ReceiverRepository {
  /**
   * In the order of their ids: the doors of two nodes that store the same ones do not wait for each other.
   * @param moved Staff may have moved it in the database meanwhile: its zone is written only by who decides it.
   */
  const saveEvery = async (saved: readonly SavedReceiver[], moved: boolean): Promise<void> => {
    if (saved.length === 0) return;
    const rows = saved.map((one) => ({ id: one.view.receiverId, zoneId: one.home.zoneId, ...columnsOf(one) }));
    await prisma.$executeRaw`
      insert into receiver as known (id, zone_id, name, kind, volume, emergency_volume, muted, last_seen_at, software_version, asked_zone, updated_at)
      select "id", "zoneId", "name", "kind", "volume", "emergencyVolume", "muted", "lastSeenAt", "softwareVersion", "askedZone", now()
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as given (
        "id" text, "zoneId" text, "name" text, "kind" text, "volume" int, "emergencyVolume" int, "muted" boolean,
        "lastSeenAt" timestamptz, "softwareVersion" text, "askedZone" text)
      order by "id"
      on conflict (id) do update set
        zone_id = case when ${moved} then excluded.zone_id else known.zone_id end,
        name = excluded.name, kind = excluded.kind, volume = excluded.volume, emergency_volume = excluded.emergency_volume,
        muted = excluded.muted, last_seen_at = excluded.last_seen_at, software_version = excluded.software_version,
        asked_zone = excluded.asked_zone, removed_at = null, updated_at = excluded.updated_at`;
  };
  return {
    async readAll() {
      return (await prisma.receiver.findMany({ where: { removedAt: null } })).map(toEnrolled);
    },
    async find(id) {
      const row = await prisma.receiver.findUnique({ where: { id, removedAt: null } });
      return row && toEnrolled(row);
    },
    async save(saved) {
      const { view, home, moved } = saved;
      const data = { ...columnsOf(saved), removedAt: null };
      await prisma.receiver.upsert({
        where: { id: view.receiverId },
        create: { id: view.receiverId, zoneId: home.zoneId, ...data },
        // Staff may have moved it in the database meanwhile: its zone is written only by who decides it.
        update: moved ? { zoneId: home.zoneId, ...data } : data,
      });
    },
    async saveAll(saved) {
      await saveEvery(
        saved.filter(({ moved }) => moved),
        true,
      );
      await saveEvery(
        saved.filter(({ moved }) => !moved),
        false,
      );
    },
    async remove(id) {
      await prisma.receiver.updateMany({ where: { id, removedAt: null }, data: { removedAt: new Date() } });
    },
  };
}
