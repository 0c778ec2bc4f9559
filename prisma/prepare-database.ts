// Brings the database of DATABASE_URL up to this version's tables; does nothing when it is there.
//   node prisma/prepare-database.ts                the tables only
//   node prisma/prepare-database.ts --demo-city    and, unless it has zones of its own, the demo city
//   node prisma/prepare-database.ts --unless-away  a database that cannot be reached is no failure: a door can begin without it
import { createPrismaClient } from './client.ts';
import { applyMigrations, findPendingMigrations } from './migrate.ts';
import { seedDemoCity } from './seed/seed.ts';

const url = process.env['DATABASE_URL'] ?? '';
const say = (line: string) => process.stdout.write(`${line}\n`);

if (process.argv.includes('--unless-away')) {
  const away = await findPendingMigrations(url).then(
    () => null,
    (error: unknown) => error,
  );
  if (away) {
    say(`the database cannot be reached: its tables stay as they are (${String(away)})`);
    process.exit(0);
  }
}
const applied = await applyMigrations(url);
say(applied.length === 0 ? 'the tables are up to date' : `applied: ${applied.join(', ')}`);
if (process.argv.includes('--demo-city')) {
  const prisma = createPrismaClient(url);
  const outcome = await seedDemoCity(prisma).finally(() => prisma.$disconnect());
  say(outcome === 'foreign' ? 'the database has zones of its own; they stay as they are' : `demo city: ${outcome}`);
}
