// Writes the database client from the schema. Runs on the project's own Node, as a step of the set-up.
import { runPrisma } from '@loa/prisma/migrate';

await runPrisma(['generate']);
