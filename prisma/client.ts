import { PrismaPg } from '@prisma/adapter-pg';
import { type Prisma, PrismaClient } from './generated/client.ts';

export type { PrismaClient } from './generated/client.ts';
/** What a function that is given to `$transaction` works with. */
export type Transaction = Prisma.TransactionClient;

/** Connections one process may hold; an embedded PostgreSQL allows 100 in all. */
const POOL_CONNECTIONS = 10;

/** A silent partition must become an error, not a wait. */
const CONNECT_TIMEOUT_MS = 5_000;

/** Makes a client for a PostgreSQL URL. It connects on first use; whoever made it calls `$disconnect()`. */
export const createPrismaClient = (url: string): PrismaClient =>
  new PrismaClient({
    adapter: new PrismaPg({
      connectionString: url,
      max: POOL_CONNECTIONS,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
    }),
  });
