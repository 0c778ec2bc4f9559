import { readdir, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { FRAME_MS } from '@loa/shared/protocol/limits';
import type { SegmentId } from '@loa/shared/ids';
import type { SegmentView } from '@loa/shared/protocol/live';
import { ProblemError, toProblemError } from '../problem-error.ts';
import { MAX_SEGMENTS, type NewSegment, type SegmentRepository } from '../repositories/segment-repository.ts';
import type { FirstReads, LastKnown } from '../last-known/last-known.ts';
import { createCleanUp, makeFolders, removeLeftovers } from './clean-up.ts';
import { readOpusPackets } from './ogg-packets.ts';
import { checkLength, type ProbedAudio, probeAudio } from './probe-audio.ts';
import { audioName, draftPath, placeSegment, removeDraft, removeSegmentFiles } from './segment-files.ts';
import { transcode } from './transcode.ts';

/** Uploads that may come in or wait to be transcoded, one after the other; each holds a file of the data folder. */
export const MAX_WAITING_UPLOADS = 20;
const PROGRESS_STEP = 0.02;
/** No upload is worked on for this long: its node is gone, or lost its disk. */
const ABANDONED_AFTER_MS = 6 * 3_600_000;
/** A database that was away at the start is asked again this often. */
const ASK_AGAIN_MS = 2_000;

/** Stored audio: what is there, what is being made, and its files. All reads are from memory. */
export interface SegmentLibrary {
  find(id: SegmentId): SegmentView | null;
  list(): SegmentView[];
  /** A place for one upload, to be given back with the answer's function; throws when there is none. */
  reserve(): () => void;
  /**
   * Takes over an uploaded file. What is not sound, or too long, is refused with a `ProblemError`; the rest is worked on in the
   * background, and what turns out then is shown as failed.
   */
  add(segment: NewSegment, uploadPath: string): Promise<SegmentView>;
  remove(id: SegmentId): Promise<boolean>;
  /** Another node says how one of its segments is; false when the database does not know it. */
  learn(view: SegmentView): Promise<boolean>;
  /** Another node has removed it. */
  forget(id: SegmentId): Promise<void>;
  /** Forgets what was removed while nobody told; the database says what there is. */
  reconcile(): Promise<void>;
  /** Gives up what is being worked on; the next start says so. */
  close(): Promise<void>;
}

export interface SegmentLibraryOptions {
  readonly segmentsDir: string;
  readonly uploadsDir: string;
  readonly repository: SegmentRepository;
  readonly kept: Pick<LastKnown['segments'], 'read'>;
  readonly first: FirstReads;
  readonly log: Logger;
  /** `here`: this node works on it, and others are to be told. */
  onChange(view: SegmentView, here: boolean): void;
  onRemoved(id: SegmentId, here: boolean): void;
}

export async function openSegmentLibrary(options: SegmentLibraryOptions): Promise<SegmentLibrary> {
  const { segmentsDir, uploadsDir, repository, kept, log, onChange } = options;
  // First what they would have become is marked: without the files nobody knows any more whose they were.
  const left = await readdir(uploadsDir).catch(() => []);
  const readStored = async () => {
    await repository.failUnfinished(left, new Date(Date.now() - ABANDONED_AFTER_MS), 'interrupted');
    return repository.list();
  };
  const { value: stored, isKept: isDatabaseAway } = await options.first.readOr(readStored, kept);
  const cleanUp = createCleanUp(log);
  // EL30: what could not be marked is marked at a later start, which finds it by its upload.
  if (isDatabaseAway) await makeFolders(segmentsDir, uploadsDir, cleanUp);
  else await removeLeftovers(segmentsDir, uploadsDir, cleanUp);
  const views = new Map(stored.map((view) => [view.segmentId, view]));
  /** Those whose removal the database has not answered yet, as they are shown again when it refuses: until then they keep their files. */
  const removing = new Map<SegmentId, SegmentView>();
  const isKept = (id: SegmentId) => views.has(id) || removing.has(id);
  const closing = new AbortController();
  let reserved = 0;
  let waiting = 0;
  /** Removals that began: what was read before one may still have the segment. */
  let removals = 0;
  let work: Promise<void> = Promise.resolve();

  const show = (view: SegmentView) => {
    if (removing.has(view.segmentId)) {
      removing.set(view.segmentId, view);
      return;
    }
    views.set(view.segmentId, view);
    onChange(view, true);
  };
  /** Those that this node works on: about them nobody else is believed. */
  const inWork = new Set<SegmentId>();
  const removeFiles = (id: SegmentId) => cleanUp(removeSegmentFiles(segmentsDir, id));
  const forget = async (id: SegmentId): Promise<void> => {
    removals += 1;
    views.delete(id);
    options.onRemoved(id, false);
    await removeFiles(id);
  };

  const isBusy = (id: SegmentId) => inWork.has(id) || removing.has(id);
  const takeOver = (view: SegmentView) => {
    if (isBusy(view.segmentId) || JSON.stringify(views.get(view.segmentId)) === JSON.stringify(view)) return;
    views.set(view.segmentId, view);
    onChange(view, false);
  };
  const forgetGone = async (
    known: ReadonlyArray<readonly [SegmentId, SegmentView]>,
    stored: readonly SegmentView[],
  ) => {
    const there = new Set(stored.map(({ segmentId }) => segmentId));
    for (const [id, { status }] of known)
      if (status !== 'processing' && !there.has(id) && !inWork.has(id)) await forget(id);
  };
  /** EL30: what this door began with is what it knew last; the database is believed as soon as it answers. */
  const believeDatabase = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      const [known, before] = [[...views], removals];
      const stored = await repository.list().catch(() => null);
      if (closing.signal.aborted) return;
      if (stored && removals === before) {
        for (const view of stored) takeOver(view);
        await forgetGone(known, stored);
        return log.info({ segments: stored.length }, 'the library is that of the database again');
      }
      await delay(ASK_AGAIN_MS, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  };
  if (isDatabaseAway)
    // Not before whoever opens it has it in hand.
    setImmediate(
      () => void believeDatabase().catch((error: unknown) => log.error({ err: error }, 'the library was not compared')),
    );

  const make = async (view: SegmentView, uploadPath: string, probed: ProbedAudio): Promise<SegmentView> => {
    const id = view.segmentId;
    const draft = draftPath(segmentsDir, id);
    let shown = 0;
    const onProgress = (share: number) => {
      if (share - shown < PROGRESS_STEP || !isKept(id)) return;
      shown = share;
      show({ ...view, progress: share });
    };
    try {
      const loudness = await transcode({ path: uploadPath, ...probed }, draft, onProgress, { signal: closing.signal });
      const packets = await readOpusPackets(draft);
      checkLength(probed, packets.length * FRAME_MS);
      await placeSegment(segmentsDir, id, packets);
      const finite = (value: number) => (Number.isFinite(value) ? value : null);
      return await repository.markReady(id, {
        durationMs: packets.length * FRAME_MS,
        loudnessLufs: finite(loudness.integratedLufs),
        truePeakDbtp: finite(loudness.truePeakDbtp),
        path: `segments/${audioName(id)}`,
      });
    } finally {
      await cleanUp(removeDraft(segmentsDir, id));
    }
  };

  const transcodeUpload = async (view: SegmentView, uploadPath: string, probed: ProbedAudio) => {
    const id = view.segmentId;
    let isMarked = true;
    try {
      if (closing.signal.aborted || !isKept(id)) return;
      const ready = await make(view, uploadPath, probed);
      if (isKept(id)) show(ready);
    } catch (error) {
      // What is interrupted by the end of this process is marked at the next start, by the upload that stays.
      if (closing.signal.aborted || !isKept(id)) return;
      const known = toProblemError(error);
      // The database may be what is away: to its sender `unavailable` means the disk, which somebody can make room on.
      const code = known && (known.code !== 'unavailable' || known.field === 'file') ? known.code : 'internal';
      if (code === 'internal' || code === 'unavailable') log.error({ err: error, segmentId: id }, 'transcoding failed');
      const failed = await repository.markFailed(id, code).catch(() => null);
      // By the upload that is left the next start knows that this node has to say so.
      isMarked = failed !== null;
      if (isKept(id)) show(failed ?? { ...view, status: 'failed', error: code });
    } finally {
      inWork.delete(id);
      if (isMarked && !closing.signal.aborted) await cleanUp(rm(uploadPath, { force: true }));
      if (!isKept(id)) await removeFiles(id);
    }
  };

  return {
    find: (id) => views.get(id) ?? null,
    list: () => [...views.values()].sort((a, b) => b.createdAt - a.createdAt),
    reserve() {
      if (reserved + waiting >= MAX_WAITING_UPLOADS)
        throw new ProblemError(
          'too-many-requests',
          'too many uploads are waiting to be processed; try again in a minute',
        );
      if (views.size + reserved >= MAX_SEGMENTS)
        throw new ProblemError('conflict', `there are ${MAX_SEGMENTS} segments; remove some first`);
      reserved += 1;
      let given = false;
      return () => {
        if (!given) reserved -= 1;
        given = true;
      };
    },
    async add(segment, uploadPath) {
      const probed = await probeAudio(uploadPath, closing.signal);
      const view = await repository.create(segment);
      inWork.add(view.segmentId);
      show(view);
      waiting += 1;
      work = work
        .then(() => transcodeUpload(view, uploadPath, probed))
        .catch((error: unknown) => log.error({ err: error, segmentId: view.segmentId }, 'an upload was given up'))
        .finally(() => (waiting -= 1));
      return view;
    },
    async remove(id) {
      const view = views.get(id);
      removals += 1;
      // From here on no broadcast can be started with it, however long the database takes.
      views.delete(id);
      if (view) removing.set(id, view);
      const removed = await repository.remove(id).catch((error: unknown) => {
        const kept = removing.get(id);
        removing.delete(id);
        if (kept === view && view) views.set(id, view);
        else if (kept) show(kept);
        throw error;
      });
      removing.delete(id);
      options.onRemoved(id, true);
      await removeFiles(id);
      return removed;
    },
    async learn(view) {
      const id = view.segmentId;
      const known = views.get(id);
      if (isBusy(id) || known?.status === 'ready') return true;
      // A node that was away for a while may speak of what was removed meanwhile.
      if (!known && !(await repository.find(id))) return false;
      takeOver(view);
      return true;
    },
    forget,
    async reconcile() {
      // What is learned while the database is read may not stand in what it says.
      const known = [...views];
      await forgetGone(known, await repository.list());
    },
    async close() {
      closing.abort();
      await work;
    },
  };
}
