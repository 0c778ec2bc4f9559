import pg from 'pg';
import type { DatabaseCommand } from './arguments.ts';

/** Every server has it, so it is where databases are created and dropped from. */
const MAINTENANCE_DATABASE = 'postgres';

/** PostgreSQL and system error codes as Prisma's own codes; anything else is "could not open" (P1010). */
const PRISMA_CODES: Readonly<Record<string, string>> = {
  '3D000': 'P1003',
  '28P01': 'P1000',
  '42P04': 'P1009',
  ECONNREFUSED: 'P1001',
  ENOTFOUND: 'P1001',
  ETIMEDOUT: 'P1001',
};

export const toPrismaCode = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return PRISMA_CODES[code] ?? 'P1010';
};

const withClient = async (url: string, run: (client: pg.Client) => Promise<unknown>): Promise<void> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await run(client);
  } finally {
    await client.end();
  }
};

/** Runs one database command; rejects with the driver's error. */
export const runDatabaseCommand = async (command: DatabaseCommand, url: string): Promise<void> => {
  const maintenance = new URL(url);
  const name = pg.escapeIdentifier(decodeURIComponent(maintenance.pathname.slice(1)));
  maintenance.pathname = `/${MAINTENANCE_DATABASE}`;
  switch (command) {
    case 'can-connect-to-database':
      return withClient(url, (client) => client.query('select 1'));
    case 'create-database':
      return withClient(maintenance.href, (client) => client.query(`create database ${name}`));
    case 'drop-database':
      return withClient(maintenance.href, (client) => client.query(`drop database ${name} with (force)`));
  }
};
