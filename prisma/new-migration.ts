// Writes the migration from what is stored now to what schema.prisma says: `npm run migration -- short-name`.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runPrisma } from './migrate.ts';

const NAME = /^[a-z0-9]+(_[a-z0-9]+)*$/;

const name = (process.argv[2] ?? '').replaceAll('-', '_');
if (!NAME.test(name)) throw new Error('give the migration a short name, like: npm run migration -- receiver-groups');

const migrations = join(import.meta.dirname, 'migrations');
const parameters = ['migrate', 'diff', '--from-migrations', migrations, '--to-schema', 'schema.prisma', '--script'];
const output = await runPrisma(parameters);
const sql = output.slice(output.indexOf('-- '));
if (!output.includes('-- ') || sql.includes('This is an empty migration')) {
  process.stdout.write('The migrations already say what the schema says.\n');
} else {
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const folder = join(migrations, `${stamp}_${name}`);
  if (existsSync(folder)) throw new Error(`${folder} exists`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'migration.sql'), sql);
  process.stdout.write(`${join(folder, 'migration.sql')}\nRead it, and add what Prisma cannot know (checks, data).\n`);
}
