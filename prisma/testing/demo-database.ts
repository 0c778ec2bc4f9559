import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { placeCluster, readNotes, writeNotes } from '../embedded/cluster.ts';
import { chooseRunAs } from '../embedded/run-as.ts';
import { seedDemoCity } from '../seed/seed.ts';
import { TEMPLATE_VARIABLE } from './template-variable.ts';
import { type TemporaryDatabase, createDataDir, createTemporaryDatabase, openDatabase } from './temporary-database.ts';

export const createSeeded = async (): Promise<TemporaryDatabase> => {
  const database = await createTemporaryDatabase();
  await seedDemoCity(database.prisma);
  return database;
};

/** With the demo city: a copy of the one that this run of tests has made, if it has; ready in half a second then. */
export const createDemoDatabase = async (): Promise<TemporaryDatabase> => {
  const template = process.env[TEMPLATE_VARIABLE];
  if (template === undefined) return createSeeded();
  const dataDir = createDataDir();
  const runAs = chooseRunAs(template);
  const clusterDir = placeCluster(dataDir, runAs);
  mkdirSync(dirname(clusterDir), { recursive: true, mode: 0o755 });
  execFileSync('cp', ['-a', template, clusterDir]);
  // Copies that start at the same moment must not all ask for the port of the original.
  writeNotes(clusterDir, { ...readNotes(clusterDir), port: null, ownerPid: null }, runAs);
  const database = await openDatabase(dataDir);
  // The first query of a process loads Prisma's compiler and holds everything up meanwhile: not in the middle of a test's sound.
  await database.prisma.zone.count();
  return database;
};
