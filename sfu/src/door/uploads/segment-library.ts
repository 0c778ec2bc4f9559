import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { FRAME_MS } from '@loa/shared/protocol/limits';
import type { SegmentId } from '@loa/shared/ids';
import type { SegmentView } from '@loa/shared/protocol/live';
import { encodeSegment, segmentFilePath } from '../../link/segment-file.ts';
import { toProblemError } from '../problem-error.ts';
import type { NewSegment, SegmentRepository } from '../repositories/segment-repository.ts';
import { probeAudio, transcode } from './audio-tools.ts';
import { readOpusPackets } from './ogg-packets.ts';

/** Uploads that may wait to be transcoded, one after the other; each holds a file of the data folder. */
export const MAX_WAITING_UPLOADS = 20;
const PROGRESS_STEP = 0.02;

/** Stored audio: what is there, what is being made, and its files. All reads are from memory. */
export interface SegmentLibrary {
  find(id: SegmentId): SegmentView | null;
  list(): SegmentView[];
  readonly full: boolean;
  /** Takes over an uploaded file and answers at once; the work goes on in the background. */
  add(segment: NewSegment, uploadPath: string): Promise<SegmentView>;
  remove(id: SegmentId): Promise<boolean>;
  audioPath(id: SegmentId): string;
  /** Settles when nothing is being worked on. */
  idle(): Promise<void>;
}

export interface SegmentLibraryOptions {
  readonly segmentsDir: string;
  readonly repository: SegmentRepository;
  readonly log: Logger;
  onChange(view: SegmentView): void;
}

export async function openSegmentLibrary({
  segmentsDir,
  repository,
  log,
  onChange,
}: SegmentLibraryOptions): Promise<SegmentLibrary> {
  await mkdir(segmentsDir, { recursive: true });
  await repository.failUnfinished('interrupted');
  const views = new Map((await repository.list()).map((view) => [view.segmentId, view]));
  let waiting = 0;
  let work: Promise<void> = Promise.resolve();

  const show = (view: SegmentView) => {
    views.set(view.segmentId, view);
    onChange(view);
  };
  const audioPath = (id: SegmentId) => join(segmentsDir, `${id}.ogg`);

  const make = async (view: SegmentView, uploadPath: string) => {
    const id = view.segmentId;
    const draft = join(segmentsDir, `${id}.part`);
    let shown = 0;
    const onProgress = (share: number) => {
      if (share - shown < PROGRESS_STEP || !views.has(id)) return;
      shown = share;
      show({ ...view, progress: share });
    };
    try {
      const probed = await probeAudio(uploadPath);
      const loudness = await transcode({ path: uploadPath, ...probed }, draft, onProgress);
      const packets = await readOpusPackets(draft);
      await writeFile(`${draft}.frames`, encodeSegment(packets), { flush: true });
      // Both files are complete before either gets its name.
      await rename(`${draft}.frames`, segmentFilePath(segmentsDir, id));
      await rename(draft, audioPath(id));
      const finite = (value: number) => (Number.isFinite(value) ? value : null);
      const ready = await repository.markReady(id, {
        durationMs: packets.length * FRAME_MS,
        loudnessLufs: finite(loudness.integratedLufs),
        truePeakDbtp: finite(loudness.truePeakDbtp),
        path: `segments/${id}.ogg`,
      });
      if (views.has(id)) show(ready);
    } catch (error) {
      const known = toProblemError(error);
      if (!known) log.error({ err: error, segmentId: id }, 'transcoding failed');
      const failed = await repository.markFailed(id, known?.code ?? 'internal').catch(() => null);
      if (views.has(id)) show(failed ?? { ...view, status: 'failed', error: known?.code ?? 'internal' });
    } finally {
      await Promise.all([
        rm(uploadPath, { force: true }),
        rm(draft, { force: true }),
        rm(`${draft}.frames`, { force: true }),
      ]);
    }
  };

  return {
    find: (id) => views.get(id) ?? null,
    list: () => [...views.values()].sort((a, b) => b.createdAt - a.createdAt),
    get full() {
      return waiting >= MAX_WAITING_UPLOADS;
    },
    async add(segment, uploadPath) {
      const view = await repository.create(segment);
      show(view);
      waiting += 1;
      work = work.then(() => make(view, uploadPath)).finally(() => (waiting -= 1));
      return view;
    },
    async remove(id) {
      const removed = await repository.remove(id);
      views.delete(id);
      await Promise.all([rm(audioPath(id), { force: true }), rm(segmentFilePath(segmentsDir, id), { force: true })]);
      return removed;
    },
    audioPath,
    idle: () => work,
  };
}
