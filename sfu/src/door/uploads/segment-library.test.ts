import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SegmentId } from '@loa/shared/ids';
import type { SegmentView } from '@loa/shared/protocol/live';
import { toneFile } from '../../../test/support/tone-file.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import { NoAnswerError } from '../within.ts';
import { createFirstReads } from '../last-known/last-known.ts';
import type { NewSegment, SegmentRepository } from '../repositories/segment-repository.ts';
import { hasSegmentFiles } from './segment-files.ts';
import { openSegmentLibrary } from './segment-library.ts';

const id = 'segment-1' as SegmentId;
let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'loa-library-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('an upload that was processed while the database went away is not called one too many for the disk', async () => {
  const view = { segmentId: id, status: 'processing', createdAt: 1 } as SegmentView;
  const away = () => Promise.reject(new NoAnswerError('the database', 5_000));
  const repository = {
    failUnfinished: () => Promise.resolve(),
    list: () => Promise.resolve([]),
    create: () => Promise.resolve(view),
    markReady: away,
    markFailed: away,
  } as Partial<SegmentRepository> as SegmentRepository;
  const failed = Promise.withResolvers<string | null | undefined>();
  const library = await openSegmentLibrary({
    segmentsDir: join(folder, 'segments'),
    uploadsDir: join(folder, 'uploads'),
    repository,
    kept: { read: () => null },
    first: createFirstReads(pino({ level: 'silent' })),
    log: pino({ level: 'silent' }),
    onChange: ({ status, error }) => status === 'failed' && failed.resolve(error),
    onRemoved: () => undefined,
  });
  const upload = join(folder, 'uploads', id);
  writeFileSync(upload, toneFile());
  await library.add({ segmentId: id } as NewSegment, upload);
  expect(await failed.promise).toBe('internal');
  await library.close();
}, 60_000);

describe('a segment that is being removed', () => {
  it.each(['takes it', 'refuses'])(
    'while it is processed: its files stay until the database %s',
    async (end) => {
      const database = Promise.withResolvers<boolean>();
      const segmentsDir = join(folder, 'segments');
      const view = { segmentId: id, status: 'processing', createdAt: 1 } as SegmentView;
      let marked = false;
      const repository = {
        failUnfinished: () => Promise.resolve(),
        list: () => Promise.resolve([]),
        create: () => Promise.resolve(view),
        markReady() {
          marked = true;
          return Promise.resolve({ ...view, status: 'ready' });
        },
        remove: () => database.promise,
      } as Partial<SegmentRepository> as SegmentRepository;
      const shown: string[] = [];
      const library = await openSegmentLibrary({
        segmentsDir,
        uploadsDir: join(folder, 'uploads'),
        repository,
        kept: { read: () => null },
        first: createFirstReads(pino({ level: 'silent' })),
        log: pino({ level: 'silent' }),
        onChange: ({ status }) => shown.push(status),
        onRemoved: () => shown.push('removed'),
      });
      const upload = join(folder, 'uploads', id);
      writeFileSync(upload, toneFile());
      await library.add({ segmentId: id } as NewSegment, upload);
      const removed = library.remove(id).catch(() => null);
      await waitFor(() => (marked && !existsSync(upload) ? '' : 'the end of the processing'), 50_000);
      expect([library.find(id), shown]).toEqual([null, ['processing']]);
      if (end === 'takes it') database.resolve(true);
      else database.reject(new Error('away'));
      await removed;
      await library.close();
      expect([library.find(id)?.status, hasSegmentFiles(segmentsDir, id), shown.at(-1)]).toEqual(
        end === 'takes it' ? [undefined, false, 'removed'] : ['ready', true, 'ready'],
      );
    },
    60_000,
  );

  it.each(['stored', 'refused'])(
    'is not given to a new broadcast while the database takes its time; then %s',
    async (end) => {
      const database = Promise.withResolvers<boolean>();
      const repository = {
        failUnfinished: () => Promise.resolve(),
        list: () => Promise.resolve([{ segmentId: id, createdAt: 1 } as SegmentView]),
        remove: () => database.promise,
      } as Partial<SegmentRepository> as SegmentRepository;
      const told: SegmentId[] = [];
      const library = await openSegmentLibrary({
        segmentsDir: join(folder, 'segments'),
        uploadsDir: join(folder, 'uploads'),
        repository,
        kept: { read: () => null },
        first: createFirstReads(pino({ level: 'silent' })),
        log: pino({ level: 'silent' }),
        onChange: () => undefined,
        onRemoved: (removedId) => told.push(removedId),
      });
      expect(library.find(id)).not.toBeNull();
      const removed = library.remove(id);
      expect(library.find(id)).toBeNull();
      expect(told).toEqual([]);
      if (end === 'stored') {
        database.resolve(true);
        expect(await removed).toBe(true);
        expect(told).toEqual([id]);
        expect(library.find(id)).toBeNull();
      } else {
        database.reject(new Error('away'));
        await expect(removed).rejects.toThrow('away');
        expect(told).toEqual([]);
        expect(library.find(id)).not.toBeNull();
      }
    },
  );
});

it('EL30: begun without the database, the library becomes that of the database when it answers', async () => {
  const view = (segmentId: string, title: string) =>
    ({ segmentId, title, status: 'ready', createdAt: 1 }) as unknown as SegmentView;
  let asked = 0;
  const repository = {
    failUnfinished: () => Promise.reject(new NoAnswerError('the database', 5_000)),
    list() {
      asked += 1;
      if (asked === 1) return Promise.reject(new NoAnswerError('the database', 5_000));
      return Promise.resolve([view('stays', 'Còn'), view('new', 'Mới')]);
    },
  } as Partial<SegmentRepository> as SegmentRepository;
  const [shown, removed]: [string[], string[]] = [[], []];
  const library = await openSegmentLibrary({
    segmentsDir: join(folder, 'segments'),
    uploadsDir: join(folder, 'uploads'),
    repository,
    kept: { read: () => [view('stays', 'Còn'), view('removed', 'Đã xóa')] },
    first: createFirstReads(pino({ level: 'silent' })),
    log: pino({ level: 'silent' }),
    onChange: ({ segmentId }, here) => shown.push(`${segmentId} ${here}`),
    onRemoved: (gone, here) => removed.push(`${gone} ${here}`),
  });
  const ids = () => library.list().map(({ segmentId }) => segmentId as string);
  expect(ids().sort()).toEqual(['removed', 'stays']);
  await waitFor(() => (ids().sort().join() === 'new,stays' ? '' : ids().join()));
  expect([shown, removed, asked]).toEqual([['new false'], ['removed false'], 2]);
  await library.close();
});
