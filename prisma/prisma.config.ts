import { defineConfig } from 'prisma/config';

/** Only the command line reads this; programs hand their own URL to `createPrismaClient`. */
export default defineConfig({
  schema: './schema.prisma',
  migrations: { path: './migrations' },
  datasource: { url: process.env['DATABASE_URL'] ?? '' },
});
