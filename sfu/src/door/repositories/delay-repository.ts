import type { PrismaClient } from '@loa/prisma/client';
import type { ZoneId } from '@loa/shared/ids';
import type { ZoneDelay } from '@loa/shared/protocol/playout-delay';

/** PO35: what was ordered last, so that a door that is started again goes on with it. */
export interface DelayRepository {
  readAll(): Promise<ZoneDelay[]>;
  save(order: ZoneDelay): Promise<void>;
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
    async save({ zoneId, playoutDelayMs, delayMove }) {
      const row = {
        delayMs: playoutDelayMs,
        previousMs: delayMove?.previousMs ?? playoutDelayMs,
        fromStamp: new Date(delayMove?.fromMs ?? 0),
      };
      await prisma.delayOrder.upsert({ where: { zoneId }, create: { zoneId, ...row }, update: row });
    },
    async set(id, playoutDelayMs) {
      await prisma.zone.updateMany({ where: { id }, data: { playoutDelayMs } });
    },
  };
}
