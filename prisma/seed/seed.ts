import { type PrismaClient, USE_TIMEOUT_MS } from '../client.ts';
import { CITY_ID, buildDemoCity } from './demo-city.ts';

/** `foreign`: the database has a zone tree of its own, which the demo city must not be mixed into. */
export type SeedOutcome = 'seeded' | 'complete' | 'foreign';

/** As long as a connection lasts: it takes a part of a second, but at a first start everything else begins as well. */
const PATIENCE = { maxWait: USE_TIMEOUT_MS, timeout: USE_TIMEOUT_MS - 1_000 };

/** Puts the demo city into a database that has no zones, or completes it. Existing rows are never changed. */
export const seedDemoCity = async (prisma: PrismaClient): Promise<SeedOutcome> => {
  const city = buildDemoCity();
  return prisma.$transaction(async (transaction) => {
    const present = await transaction.zone.count();
    if (present > 0 && (await transaction.zone.findUnique({ where: { id: CITY_ID } })) === null) return 'foreign';
    const zones = await transaction.zone.createMany({ data: [...city.zones], skipDuplicates: true });
    const receivers = await transaction.receiver.createMany({ data: [...city.receivers], skipDuplicates: true });
    return zones.count + receivers.count > 0 ? 'seeded' : 'complete';
  }, PATIENCE);
};
