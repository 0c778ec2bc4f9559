import type { PrismaClient } from '@loa/prisma/client';
import { startSpecSchema } from '@loa/shared/broadcasts/commands';
import { endReasonSchema } from '@loa/shared/broadcasts/events';
import { rankOf } from '@loa/shared/broadcasts/rank';
import type { BroadcastId } from '@loa/shared/ids';
import type { BroadcastView } from '@loa/shared/protocol/live';
import { zonePathsOf } from './zone-paths.ts';

export interface BroadcastRepository {
  /** Broadcasts that ended, the latest start first. */
  readEnded(limit: number): Promise<BroadcastView[]>;
  /** One that has ended, however long ago. */
  findEnded(id: BroadcastId): Promise<BroadcastView | null>;
}

type Row = NonNullable<Awaited<ReturnType<PrismaClient['broadcast']['findFirst']>>>;

function toView(row: Row): BroadcastView {
  const spec = startSpecSchema.parse(row.spec);
  const { id, title, source, zones, level, authority, mode, by } = spec;
  return {
    broadcastId: id,
    tag: row.tag,
    rank: rankOf({ level, authority, live: source.kind === 'live' }),
    title,
    source,
    zones,
    zonePaths: zonePathsOf(zones, row.zonePath),
    level,
    authority,
    mode,
    by,
    phase: 'ended',
    startedAt: row.startedAt.getTime(),
    expiresAt: null,
    endedAt: row.endedAt?.getTime() ?? null,
    endReason: endReasonSchema.nullable().parse(row.endReason),
    paused: false,
    playhead: null,
    sourceKeepUntil: null,
    interrupted: [],
    local: false,
  };
}

export function createBroadcastRepository(prisma: PrismaClient): BroadcastRepository {
  return {
    async readEnded(limit) {
      const rows = await prisma.broadcast.findMany({
        where: { NOT: { endedAt: null } },
        orderBy: { startedAt: 'desc' },
        take: limit,
      });
      return rows.map(toView);
    },
    async findEnded(id) {
      const row = await prisma.broadcast.findFirst({ where: { id, NOT: { endedAt: null } } });
      return row && toView(row);
    },
  };
}
