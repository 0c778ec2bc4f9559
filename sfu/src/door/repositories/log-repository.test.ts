import { expect, it } from 'vitest';
import type { PrismaClient } from '@loa/prisma/client';
import type { LoggedEvent } from '@loa/shared/broadcasts/events';
import { createLogRepository } from './log-repository.ts';

it('BR12: a broadcast that waited starts when it is admitted', async () => {
  const updates: unknown[] = [];
  const prisma = {
    logEvent: { createMany: () => 'event' },
    broadcast: { updateMany: (update: unknown) => updates.push(update) },
    $transaction: () => Promise.resolve(),
  } as unknown as PrismaClient;
  const entry = {
    version: 2,
    at: 7_000,
    prevHash: '',
    hash: '',
    event: { type: 'broadcast-admitted', broadcastId: 'b' },
  };
  await createLogRepository(prisma).store([entry as unknown as LoggedEvent], () => '');
  expect(updates).toEqual([{ where: { id: 'b' }, data: { startedAt: new Date(7_000) } }]);
});
