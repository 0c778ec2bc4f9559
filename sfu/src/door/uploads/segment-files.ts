import { existsSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SegmentId } from '@loa/shared/ids';
import { encodeSegment, segmentFilePath } from '../../link/segment-file.ts';

/** Name of a segment's sound in the segments folder: Ogg/Opus, for pages and other nodes. */
export function audioName(id: SegmentId): string {
  return `${id}.ogg`;
}

/** Where the files of a segment are made before they get their names. */
export function draftPath(segmentsDir: string, id: SegmentId): string {
  return join(segmentsDir, `${id}.part`);
}

/** Whether both files of a segment are on this node's disk. */
export function hasSegmentFiles(segmentsDir: string, id: SegmentId): boolean {
  return existsSync(segmentFilePath(segmentsDir, id)) && existsSync(join(segmentsDir, audioName(id)));
}

/** Gives a draft its name, and the pump its packets beside it; neither is there before both are complete. */
export async function placeSegment(segmentsDir: string, id: SegmentId, packets: readonly Uint8Array[]): Promise<void> {
  const draft = draftPath(segmentsDir, id);
  await writeFile(`${draft}.frames`, encodeSegment(packets), { flush: true });
  await rename(`${draft}.frames`, segmentFilePath(segmentsDir, id));
  await rename(draft, join(segmentsDir, audioName(id)));
}

export async function removeDraft(segmentsDir: string, id: SegmentId): Promise<void> {
  const draft = draftPath(segmentsDir, id);
  await Promise.all([rm(draft, { force: true }), rm(`${draft}.frames`, { force: true })]);
}

export async function removeSegmentFiles(segmentsDir: string, id: SegmentId): Promise<void> {
  await Promise.all([
    rm(join(segmentsDir, audioName(id)), { force: true }),
    rm(segmentFilePath(segmentsDir, id), { force: true }),
  ]);
}
