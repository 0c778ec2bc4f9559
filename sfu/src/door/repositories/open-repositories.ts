import type { PrismaClient } from '@loa/prisma/client';
import { createBroadcastRepository } from './broadcast-repository.ts';
import { createDelayRepository } from './delay-repository.ts';
import { createEventRepository } from './event-repository.ts';
import { createLogRepository } from './log-repository.ts';
import { createPlayoutRepository } from './playout-repository.ts';
import { createReceiverRepository } from './receiver-repository.ts';
import { createSegmentRepository } from './segment-repository.ts';
import { createZoneRepository } from './zone-repository.ts';

/** All that a door keeps in one database. */
export const openRepositories = (prisma: PrismaClient) => ({
  broadcasts: createBroadcastRepository(prisma),
  delays: createDelayRepository(prisma),
  events: createEventRepository(prisma),
  log: createLogRepository(prisma),
  playouts: createPlayoutRepository(prisma),
  receivers: createReceiverRepository(prisma),
  segments: createSegmentRepository(prisma),
  zones: createZoneRepository(prisma),
});
