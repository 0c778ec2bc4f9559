import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';

/** Work on files that may fail: it is logged then, and null. */
export type CleanUp = <T>(work: Promise<T>) => Promise<T | null>;

/** A file that stays takes room, which is no reason to end: the control of what is on air goes through this process. */
export function createCleanUp(log: Logger): CleanUp {
  return (work) =>
    work.catch((error: unknown) => {
      log.error({ err: error }, 'the folders of stored sound could not be put in order');
      return null;
    });
}

export async function makeFolders(segmentsDir: string, uploadsDir: string, cleanUp: CleanUp): Promise<void> {
  await cleanUp(mkdir(uploadsDir, { recursive: true }));
  await cleanUp(mkdir(segmentsDir, { recursive: true }));
}

/** Nobody works on these any more; what they would have become is in the database. */
export async function removeLeftovers(segmentsDir: string, uploadsDir: string, cleanUp: CleanUp): Promise<void> {
  await cleanUp(rm(uploadsDir, { recursive: true, force: true }));
  await makeFolders(segmentsDir, uploadsDir, cleanUp);
  const names = (await cleanUp(readdir(segmentsDir))) ?? [];
  const drafts = names.filter((name) => name.includes('.part'));
  await Promise.all(drafts.map((name) => cleanUp(rm(join(segmentsDir, name), { force: true }))));
}
