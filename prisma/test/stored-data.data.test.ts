import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPendingMigrations } from '../migrate.ts';
import { buildDemoCity } from '../seed/demo-city.ts';
import { seedDemoCity } from '../seed/seed.ts';
import { type TemporaryDatabase, createTemporaryDatabase } from '../testing/temporary-database.ts';

let database: TemporaryDatabase;
beforeAll(async () => {
  database = await createTemporaryDatabase();
});
afterAll(async () => {
  await database.close();
});

describe('demo city in PostgreSQL', () => {
  it('is there after the first run and the same after the second', async () => {
    const { prisma } = database;
    expect(await seedDemoCity(prisma)).toBe('seeded');
    const first = await prisma.zone.findMany({ orderBy: { id: 'asc' } });
    expect(await seedDemoCity(prisma)).toBe('complete');
    expect(await prisma.zone.findMany({ orderBy: { id: 'asc' } })).toEqual(first);
    expect(first).toHaveLength(buildDemoCity().zones.length);
    expect(await prisma.receiver.count()).toBe(3);
  });

  it('leaves what people changed', async () => {
    const { prisma } = database;
    await prisma.receiver.update({ where: { id: 'demo-phuong-1' }, data: { volume: 35 } });
    await seedDemoCity(prisma);
    expect(await prisma.receiver.findUnique({ where: { id: 'demo-phuong-1' } })).toMatchObject({ volume: 35 });
  });

  it('is waited for where the database is slow', async () => {
    const { prisma } = database;
    const locked = Promise.withResolvers<void>();
    const slow = prisma.$transaction(
      async (transaction) => {
        await transaction.$executeRaw`lock table zone`;
        locked.resolve();
        // Longer than the 5 s that Prisma gives a transaction unless told otherwise.
        await delay(6_000);
      },
      { timeout: 10_000 },
    );
    await locked.promise;
    expect(await seedDemoCity(prisma)).toBe('complete');
    await slow;
  });

  it('finds Vietnamese names as they are written', async () => {
    const ward = await database.prisma.zone.findFirst({
      where: { name: 'Phường Nguyễn An Ninh' },
      include: { parent: true },
    });
    expect(ward).toMatchObject({ code: '26526', kind: 'ward', parent: { name: 'Thành phố Vũng Tàu' } });
  });

  it('is not mixed into a database with zones of its own', async () => {
    const other = await createTemporaryDatabase();
    try {
      const root = { id: 'hue', parentId: null, kind: 'city', code: '474', name: 'Huế', validFrom: new Date(0) };
      await other.prisma.zone.create({ data: root });
      expect(await seedDemoCity(other.prisma)).toBe('foreign');
      expect(await other.prisma.zone.count()).toBe(1);
    } finally {
      await other.close();
    }
  });
});

describe('stored data', () => {
  const record = {
    id: 'record-1',
    receiverId: 'demo-phuong-1',
    broadcastId: 'not-stored-yet',
    tag: 7,
    rank: 65,
    zoneId: 'any',
    zonePathText: 'Thành phố Vũng Tàu > Phường 1',
    firstSoundAt: new Date(1_000),
    lastSoundAt: new Date(61_000),
    renderedMs: 60_000,
    lostPackets: 3,
    concealedMs: 60,
    levelDbfs: -21.5,
    final: true,
  };

  it('takes a playout record before its broadcast, and the same record only once', async () => {
    await database.prisma.playoutRecord.create({ data: record });
    await expect(database.prisma.playoutRecord.create({ data: record })).rejects.toMatchObject({ code: 'P2002' });
  });

  it('refuses what the programs must never write', async () => {
    const { prisma } = database;
    const backwards = prisma.playoutRecord.create({ data: { ...record, id: 'record-2', lastSoundAt: new Date(0) } });
    await expect(backwards).rejects.toThrow('playout_record_forward');
    const loud = prisma.receiver.update({ where: { id: 'demo-phuong-1' }, data: { volume: 101 } });
    await expect(loud).rejects.toThrow('receiver_volume_range');
    const ready = { id: 's', title: 's', originalName: 's.wav', status: 'ready', sizeBytes: 1, sha256: '00' };
    await expect(prisma.segment.create({ data: ready })).rejects.toThrow('segment_ready_is_complete');
    const counted = { id: 'r', at: new Date(5), code: 'zones-taken', detail: {}, commandType: 'start', count: 2 };
    for (const firstAt of [null, new Date(6)])
      await expect(prisma.refusal.create({ data: { ...counted, firstAt } })).rejects.toThrow('refusal_counts_forward');
    await expect(
      prisma.zone.delete({ where: { code: '26506', id: buildDemoCity().zones[1]?.id ?? '' } }),
    ).rejects.toThrow();
  });

  it('keeps the order and the exact version of the event log', async () => {
    const { prisma } = database;
    const row = (version: bigint) => ({
      version,
      at: new Date(5),
      prevHash: String(version - 1n),
      hash: String(version),
      type: 'broadcast-ended',
      event: { type: 'broadcast-ended' },
    });
    const last = 2n ** 53n + 1n;
    await prisma.logEvent.createMany({ data: [row(last), row(2n), row(1n)] });
    const rows = await prisma.logEvent.findMany({ orderBy: { version: 'asc' } });
    expect(rows.map(({ version }) => version)).toEqual([1n, 2n, last]);
    await expect(prisma.logEvent.create({ data: row(2n) })).rejects.toMatchObject({ code: 'P2002' });
  });

  it('knows which migrations a database lacks', async () => {
    // The temporary database got its tables without Prisma's bookkeeping, so all of them are still to be applied.
    expect(await findPendingMigrations(database.url)).toContain('20261123000000_live_broadcast');
  });
});
