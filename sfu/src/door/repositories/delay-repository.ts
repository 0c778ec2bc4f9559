import type { PrismaClient } from '@loa/prisma/client';
import type { ZoneId } from '@loa/shared/ids';
import { MAX_ORDER_AHEAD_MS } from '@loa/shared/playout/group-delay';
import type { ZoneDelay } from '@loa/shared/protocol/playout-delay';

/** PO35: what was ordered last, so that a door that is started again goes on with it. */
export interface DelayRepository {
  readAll(): Promise<ZoneDelay[]>;
  /** Leaves what another node has ordered for a later stamp. `nowMs`: server time, by which orders of a clock that was ahead are known. */
  save(order: ZoneDelay, nowMs: number): Promise<void>;
  /** What an administrator sets for a zone, in ms; null takes it back. */
  readonly set: (zone: ZoneId, playoutDelayMs: number | null) => Promise<void>;
}

export function createDelayRepository(prisma: PrismaClient): DelayRepository {
  return {
    async readAll() {
      return (await prisma.delayOrder.findMany()).map(({ zoneId, delayMs, previousMs, fromStamp }) => ({
        zoneId: zoneId as ZoneId,
        playoutDelayMs: delayMs,
        delayMove: { previousMs, fromMs: fromStamp.getTime() },
      }));
    },
    async save({ zoneId, playoutDelayMs, delayMove }, nowMs) {
      const fromStamp = new Date(delayMove?.fromMs ?? 0);
      const row = { delayMs: playoutDelayMs, previousMs: delayMove?.previousMs ?? playoutDelayMs, fromStamp };
      const isEarlier = [{ fromStamp: { lt: fromStamp } }, { fromStamp, delayMs: { lt: playoutDelayMs } }];
      const isFromFuture = { fromStamp: { gt: new Date(nowMs + MAX_ORDER_AHEAD_MS) } };
      await prisma.delayOrder.createMany({ data: [{ zoneId, ...row }], skipDuplicates: true });
      await prisma.delayOrder.updateMany({ where: { zoneId, OR: [...isEarlier, isFromFuture] }, data: row });
    },
    async set(id, playoutDelayMs) {
      await prisma.zone.updateMany({ where: { id }, data: { playoutDelayMs } });
    },
  };
}
