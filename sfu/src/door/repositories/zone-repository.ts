import { createHash } from 'node:crypto';
import type { PrismaClient } from '@loa/prisma/client';
import { type Succession, successionSchema } from '@loa/shared/zones/succession';
import { buildZoneTree, type ZoneTree } from '@loa/shared/zones/zone-tree';
import { type ZoneVersion, zonesAt } from '@loa/shared/zones/zone-versions';
import { type Zone, zoneSchema } from '@loa/shared/zones/zone';

/** All that is stored about zones, of every time. */
export interface ZoneRecords {
  readonly versions: readonly ZoneVersion[];
  readonly successions: readonly Succession[];
}

/** The tree of one instant. */
export interface StoredTree {
  readonly zones: Zone[];
  readonly tree: ZoneTree;
  /** Changes when any zone does. */
  readonly treeVersion: string;
  readonly successions: readonly Succession[];
}

/** Texts that differ when the rows do; cheaper than the rows. */
export interface ChangeStamp {
  readonly zones: string;
  /** Who is enrolled and where; not what receivers change all the time. */
  readonly receivers: string;
}

export interface ZoneRepository {
  read(): Promise<ZoneRecords>;
  readStamp(): Promise<ChangeStamp>;
}

export function createZoneRepository(prisma: PrismaClient): ZoneRepository {
  return {
    async read() {
      const rows = await prisma.zone.findMany({ orderBy: { id: 'asc' } });
      const successions = await prisma.zoneSuccession.findMany({ orderBy: [{ fromId: 'asc' }, { toId: 'asc' }] });
      return {
        versions: rows.map(({ validFrom, validTo, playoutDelayMs, ...row }) => ({
          zone: zoneSchema.parse(playoutDelayMs === null ? row : { ...row, playoutDelayMs }),
          validFrom: validFrom.getTime(),
          validTo: validTo?.getTime() ?? null,
        })),
        successions: successions.map(({ fromId, toId }) => successionSchema.parse({ from: fromId, to: toId })),
      };
    },
    async readStamp() {
      // Of what the rows say and not of `updated_at`, which somebody who writes SQL by hand does not set.
      const [stamp] = await prisma.$queryRaw<[ChangeStamp]>`
        select
          (select count(*) || '/' || coalesce(sum(hashtextextended(z::text, 0)::numeric), 0) from zone z) || '/' ||
          (select count(*) || '/' || coalesce(sum(hashtextextended(s::text, 0)::numeric), 0) from zone_succession s)
            as zones,
          (select count(*) || '/' || coalesce(sum(hashtextextended(r.id || ' ' || r.zone_id, 0)::numeric), 0)
            from receiver r where r.removed_at is null) as receivers`;
      return stamp;
    },
  };
}

/** The tree as it is at `at` (ms); throws when the rows do not make one tree. */
export function treeFrom({ versions, successions }: ZoneRecords, at: number): StoredTree {
  const zones = zonesAt(versions, at);
  const tree = buildZoneTree(zones);
  if (!tree.ok) throw new Error(`The zone tree in the database is broken: ${JSON.stringify(tree.error.slice(0, 5))}`);
  const treeVersion = createHash('sha256').update(JSON.stringify(zones)).digest('hex').slice(0, 16);
  return { zones, tree: tree.value, treeVersion, successions };
}
