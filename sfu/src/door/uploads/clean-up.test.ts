import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SegmentId } from '@loa/shared/ids';
import type { SegmentView } from '@loa/shared/protocol/live';
import { toneFile } from '../../../test/support/tone-file.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import { createFirstReads } from '../last-known/last-known.ts';
import type { NewSegment, SegmentRepository } from '../repositories/segment-repository.ts';
import { openSegmentLibrary } from './segment-library.ts';
import { createSegmentMirror } from './segment-mirror.ts';

let segmentsDir: string;
let uploadsDir: string;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'loa-clean-up-'));
  segmentsDir = join(folder, 'segments');
  uploadsDir = join(folder, 'uploads');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const log = pino({ level: 'silent' });
const toView = (segmentId: SegmentId, status: SegmentView['status']) =>
  ({ segmentId, status, createdAt: 1 }) as SegmentView;

function openLibrary(stored: readonly SegmentView[], shown: Map<SegmentId, string> = new Map()) {
  const repository = {
    failUnfinished: () => Promise.resolve(),
    list: () => Promise.resolve([...stored]),
    create: ({ segmentId }: NewSegment) => Promise.resolve(toView(segmentId, 'processing')),
    markReady: (segmentId: SegmentId) => Promise.resolve(toView(segmentId, 'ready')),
    markFailed: (segmentId: SegmentId) => Promise.resolve(toView(segmentId, 'failed')),
  } as Partial<SegmentRepository> as SegmentRepository;
  return openSegmentLibrary({
    segmentsDir,
    uploadsDir,
    repository,
    kept: { read: () => null },
    first: createFirstReads(pino({ level: 'silent' })),
    log,
    onChange: ({ segmentId, status }) => void shown.set(segmentId, status),
    onRemoved: (segmentId) => void shown.set(segmentId, 'removed'),
  });
}

/** A folder in the place of a file: as little to be removed as a file of a disk that has failed. */
const obstruct = (path: string) => {
  rmSync(path, { force: true });
  mkdirSync(path, { recursive: true });
};

describe('a file that cannot be removed', () => {
  it('at the start: the library opens all the same', async () => {
    obstruct(join(segmentsDir, 'old.part'));
    const library = await openLibrary([toView('segment-1' as SegmentId, 'ready')]);
    expect(library.list()).toHaveLength(1);
  });

  it('after an upload: the next one is worked on', async () => {
    const shown = new Map<SegmentId, string>();
    const library = await openLibrary([], shown);
    const ids = ['segment-1', 'segment-2'] as SegmentId[];
    const uploads = ids.map((id) => join(uploadsDir, id));
    for (const [n, segmentId] of ids.entries()) {
      writeFileSync(uploads[n] ?? '', toneFile());
      await library.add({ segmentId } as NewSegment, uploads[n] ?? '');
      if (n === 0) obstruct(uploads[n] ?? '');
    }
    await waitFor(() => (existsSync(uploads[1] ?? '') ? 'the end of the second' : ''), 25_000);
    await library.close();
    expect(shown.get('segment-2' as SegmentId)).toBe('ready');
  });

  it('of a segment that another node removed: it is forgotten', async () => {
    const id = 'segment-1' as SegmentId;
    const shown = new Map<SegmentId, string>();
    const library = await openLibrary([toView(id, 'ready')], shown);
    obstruct(join(segmentsDir, `${id}.ogg`));
    const mirror = createSegmentMirror({ segmentsDir, library, accessToken: '', log });
    mirror.forget(id);
    await mirror.close();
    expect([library.find(id), shown.get(id)]).toEqual([null, 'removed']);
  });
});
