import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { type Prisma, PrismaClient } from './generated/client.ts';

export type { PrismaClient } from './generated/client.ts';
/** What a function that is given to `$transaction` works with. */
export type Transaction = Prisma.TransactionClient;

/** Connections one process may hold; an embedded PostgreSQL allows 100 in all. */
const POOL_CONNECTIONS = 10;

/** A silent partition must become an error, not a wait. */
const CONNECT_TIMEOUT_MS = 5_000;
/**
 * A connection that is in use for longer is cut, and what was asked over it fails: longer than the 2 s and 5 s that Prisma gives a
 * transaction. The driver's own limit for a query would leave its connection in the pool, perhaps inside an open transaction.
 */
export const USE_TIMEOUT_MS = 15_000;

/** Connections to a server that may fall silent. */
const createPool = (url: string): pg.Pool => {
  const pool = new pg.Pool({
    connectionString: url,
    max: POOL_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  });
  const timers = new WeakMap<object, NodeJS.Timeout>();
  pool.on('acquire', (client) => {
    // What a pool gives out is a client; the types leave out its end, which tears the connection off a query that hangs.
    const cut = () => void (client as unknown as pg.Client).end().catch(() => undefined);
    timers.set(client, setTimeout(cut, USE_TIMEOUT_MS));
  });
  pool.on('release', (_error, client) => clearTimeout(timers.get(client)));
  return pool;
};

/** Makes a client for a PostgreSQL URL. It connects on first use; whoever made it calls `$disconnect()`. */
export const createPrismaClient = (url: string): PrismaClient =>
  new PrismaClient({ adapter: new PrismaPg(createPool(url), { disposeExternalPool: true }) });
