import { createHash } from 'node:crypto';
import type { PrismaClient } from '@loa/prisma/client';
import type { ZoneId } from '@loa/shared/ids';
import { buildZoneTree, type ZoneTree } from '@loa/shared/zones/zone-tree';
import { type Zone, zoneSchema } from '@loa/shared/zones/zone';

export interface StoredTree {
  readonly zones: Zone[];
  readonly tree: ZoneTree;
  /** Changes when any zone does. */
  readonly treeVersion: string;
}

/** Reads the zone tree as it is at `at` (ms); throws when the rows do not make one tree. */
export async function readZoneTree(prisma: PrismaClient, at: number): Promise<StoredTree> {
  const instant = new Date(at);
  const rows = await prisma.zone.findMany({
    where: { validFrom: { lte: instant }, OR: [{ validTo: null }, { validTo: { gt: instant } }] },
    orderBy: { id: 'asc' },
  });
  const zones = rows.map(({ id, parentId, kind, code, name, lat, lng, population }) =>
    zoneSchema.parse({ id, parentId, kind, code, name, lat, lng, population }),
  );
  const tree = buildZoneTree(zones);
  if (!tree.ok) throw new Error(`The zone tree in the database is broken: ${JSON.stringify(tree.error.slice(0, 5))}`);
  const treeVersion = createHash('sha256').update(JSON.stringify(zones)).digest('hex').slice(0, 16);
  return { zones, tree: tree.value, treeVersion };
}

/** Names from the root down, as records keep them: `Vũng Tàu › Phường 1 › Khu phố 2`. */
export function zonePathText(tree: ZoneTree, zoneId: ZoneId): string {
  return tree
    .pathTo(zoneId)
    .map((id) => tree.zoneById(id)?.name ?? id)
    .join(' › ');
}
