import { createDoors, type Doors } from '#lib/live/doors.svelte.ts';
import { LiveStore } from '#lib/live/live-store.svelte.ts';
import { EMPTY_PICTURE } from '#lib/live/picture.ts';
import type { SegmentView } from '@loa/shared/protocol/live';
import { err, ok } from '@loa/shared/result';
import { describe, expect, test, vi } from 'vitest';
import { aSegment } from '../../../../test/support/zones.ts';
import { libraryAbsence } from './library-absence.ts';
import { LibraryStore } from './library-store.svelte.ts';

type Answer = readonly SegmentView[] | null;

/** A library whose server gives these answers one after the other; null: it is away. */
function libraryWith(...answers: readonly Answer[]) {
  const left = [...answers];
  const get = () => {
    const segments = left.length > 1 ? left.shift() : left[0];
    return Promise.resolve(segments ? ok({ segments }) : err({ code: 'unavailable', message: 'away' }));
  };
  const door = { ...createDoors(['http://127.0.0.1:1']), get } as unknown as Doors;
  const live = new LiveStore(door);
  const listeners: (() => void)[] = [];
  live.onSnapshot = (listener) => void listeners.push(listener);
  const library = new LibraryStore(live, 1);
  const snapshot = () => {
    for (const listener of listeners) listener();
    live.picture = EMPTY_PICTURE;
  };
  const ids = () => library.segments.map((segment) => segment.segmentId);
  return { live, library, snapshot, ids };
}

const only = (segment: SegmentView) => new Map([[segment.segmentId as string, segment]]);

describe('the library', () => {
  test('what came since the page opened is there after a reconnection, before and after the server has answered', async () => {
    const { live, library, snapshot, ids } = libraryWith([], [aSegment('late')]);
    await library.load();
    live.picture = { ...EMPTY_PICTURE, segments: only(aSegment('late')) };
    expect(ids()).toEqual(['late']);
    snapshot();
    expect(ids()).toEqual(['late']);
    await vi.waitUntil(() => library.known);
    expect(ids()).toEqual(['late']);
    library.close();
  });

  test('what was removed while the page was away is gone with the next answer', async () => {
    const { library, snapshot, ids } = libraryWith([aSegment('old')], []);
    await library.load();
    snapshot();
    expect(ids()).toEqual(['old']);
    await vi.waitUntil(() => library.known);
    expect(ids()).toEqual([]);
    library.close();
  });

  test('what a colleague deletes leaves at once', async () => {
    const { live, library, ids } = libraryWith([aSegment('a'), aSegment('b')]);
    await library.load();
    live.picture = { ...EMPTY_PICTURE, removedSegments: new Set(['a']) };
    expect(ids()).toEqual(['b']);
    library.close();
  });

  test('a question without an answer is asked again; until then the page does not say that there is nothing', async () => {
    const { library, ids } = libraryWith(null, null, [aSegment('a')]);
    expect(libraryAbsence(library, 'connected')).toBe('Đang tải…');
    await library.load();
    expect(libraryAbsence(library, 'connected')).toBe('Máy chủ chưa trả lời, hãy thử lại.');
    expect(libraryAbsence(library, 'lost')).toContain('mất kết nối');
    await vi.waitUntil(() => library.known);
    expect(ids()).toEqual(['a']);
    expect(libraryAbsence(library, 'connected')).toBeNull();
    library.close();
  });
});
