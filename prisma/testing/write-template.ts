// A process of its own for the global set-up: node prisma/testing/write-template.ts FOLDER
import { execFileSync } from 'node:child_process';
import { createSeeded } from './demo-database.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: write-template.ts FOLDER');
const database = await createSeeded();
await database.stop();
execFileSync('cp', ['-a', database.clusterDir, folder]);
await database.close();
