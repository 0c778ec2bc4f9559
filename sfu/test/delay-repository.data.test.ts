import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTemporaryDatabase, type TemporaryDatabase } from '@loa/prisma/testing/temporary-database';
import type { ZoneId } from '@loa/shared/ids';
import { MAX_ORDER_AHEAD_MS } from '@loa/shared/playout/group-delay';
import type { ZoneDelay } from '@loa/shared/protocol/playout-delay';
import { createDelayRepository } from '../src/door/repositories/delay-repository.ts';

const NOW = 1_700_000_000_000;
const WARD = 'ward' as ZoneId;

let database: TemporaryDatabase;
beforeAll(async () => {
  database = await createTemporaryDatabase();
  await database.prisma.zone.create({
    data: { id: WARD, kind: 'ward', code: '1', name: 'Phường 1', validFrom: new Date(NOW) },
  });
});
afterAll(() => database.close());
beforeEach(async () => void (await database.prisma.delayOrder.deleteMany()));

const order = (playoutDelayMs: number, fromMs: number): ZoneDelay => ({
  zoneId: WARD,
  playoutDelayMs,
  delayMove: { previousMs: 60, fromMs },
});

/** What is stored after these were saved in turn. */
async function afterSaving(...orders: readonly ZoneDelay[]): Promise<ZoneDelay[]> {
  const repository = createDelayRepository(database.prisma);
  for (const one of orders) await repository.save(one, NOW);
  return repository.readAll();
}

describe('PO35: the stored order of a group', () => {
  it('is the later one, whichever node could store its own first', async () => {
    const [earlier, later] = [order(300, NOW), order(250, NOW + 1)];
    expect(await afterSaving(earlier, later)).toEqual([later]);
    expect(await afterSaving(earlier)).toEqual([later]);
    const longer = order(260, NOW + 1);
    expect(await afterSaving(longer, later)).toEqual([longer]);
  });

  it('gives way when it is from the future', async () => {
    const fromFuture = order(300, NOW + MAX_ORDER_AHEAD_MS + 1);
    const next = order(250, NOW + MAX_ORDER_AHEAD_MS);
    expect(await afterSaving(fromFuture, next)).toEqual([next]);
    expect(await afterSaving(order(300, NOW))).toEqual([next]);
  });
});
