import { randomUUID } from 'node:crypto';
import type { Zone } from '@loa/shared/zones/zone';
import type { SfuStack } from './sfu-stack.ts';

/** What staff does to the zones, as it is to be done: rows end and begin, none is rewritten. */

export async function addZone(sfu: SfuStack, parentId: string | null, kind: Zone['kind']) {
  const id = randomUUID();
  const data = { id, parentId, kind, code: `new-${id}`, name: 'Cụm loa mới', validFrom: new Date(0) };
  return sfu.prisma.zone.create({ data });
}

/** All below a zone of the demo city, parents before children. */
function zonesUnder(sfu: SfuStack, zone: Zone): Zone[] {
  const below = sfu.zones.filter(({ parentId }) => parentId === zone.id);
  return below.flatMap((child) => [child, ...zonesUnder(sfu, child)]);
}

export interface Merger {
  readonly wardId: string;
  heirOf(id: string): string;
}

/** At `at` (ms) the wards become one under the code of the first; what is below them goes on as rows of its own, except `closed`. */
export async function mergeWards(
  sfu: SfuStack,
  wards: readonly [Zone, ...Zone[]],
  at: number,
  closed: readonly string[],
): Promise<Merger> {
  const validFrom = new Date(at);
  const wardId = randomUUID();
  const heirs = new Map<string, string>(wards.map(({ id }) => [id, wardId]));
  const below = wards.flatMap((ward) => zonesUnder(sfu, ward));
  const lasting = below.filter(({ id }) => !closed.includes(id));
  for (const { id } of lasting) heirs.set(id, randomUUID());
  const heirOf = (id: string) => heirs.get(id) ?? id;
  const [first] = wards;
  const rows = [
    {
      ...first,
      playoutDelayMs: first.playoutDelayMs ?? null,
      id: wardId,
      name: 'Phường mới',
      population: null,
      validFrom,
    },
    ...lasting.map(({ playoutDelayMs = null, ...zone }) => ({
      ...zone,
      playoutDelayMs,
      id: heirOf(zone.id),
      parentId: heirOf(zone.parentId ?? ''),
      validFrom,
    })),
  ];
  const successions = [...heirs].map(([fromId, toId]) => ({
    fromId,
    toId,
    date: validFrom,
    legalBasis: 'Nghị quyết thử',
  }));
  const gone = [...wards, ...below].map(({ id }) => id);
  await sfu.prisma.$transaction([
    sfu.prisma.zone.createMany({ data: rows }),
    sfu.prisma.zone.updateMany({ where: { id: { in: gone } }, data: { validTo: validFrom } }),
    sfu.prisma.zoneSuccession.createMany({ data: successions }),
  ]);
  return { wardId, heirOf };
}
