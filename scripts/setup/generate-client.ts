// Writes the database client from the schema. Runs on the project's own Node, as a step of the set-up.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { runPrisma } from '@loa/prisma/migrate';

// What an interrupted run left behind would be refused as not being a client.
rmSync(join(import.meta.dirname, '..', '..', 'prisma', 'generated'), { recursive: true, force: true });
await runPrisma(['generate']);
