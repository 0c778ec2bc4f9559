import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SegmentId } from '@loa/shared/ids';
import type { SegmentView } from '@loa/shared/protocol/live';
import type { SegmentRepository } from '../repositories/segment-repository.ts';
import { openSegmentLibrary } from './segment-library.ts';

const id = 'segment-1' as SegmentId;
let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'loa-library-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a segment that is being removed', () => {
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
