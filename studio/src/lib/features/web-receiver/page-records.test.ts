import { zoneIdSchema } from '@loa/shared/broadcasts/commands';
import { playoutRecordSchema, receiverIdSchema } from '@loa/shared/protocol/receivers';
import { describe, expect, test } from 'vitest';
import { PageRecords, type RenderedSlice } from './page-records.ts';

const ZONE = zoneIdSchema.parse('z1');

function aBook() {
  let count = 0;
  return new PageRecords(
    receiverIdSchema.parse('page-1'),
    () => `record-number-${String((count += 1)).padStart(3, '0')}`,
  );
}

function slice(fromMs: number, untilMs: number): RenderedSlice {
  return { tag: 7, rank: 76, zoneId: ZONE, fromMs, untilMs, concealedMs: 1, lostPackets: 0, levelDbfs: -20 };
}

describe('records of a page', () => {
  test('a new record is due at once and fits the protocol', () => {
    const book = aBook();
    book.note(slice(1_000, 1_100));
    const [record] = book.due(1_100);
    expect(playoutRecordSchema.safeParse(record).success).toBe(true);
    expect(record).toMatchObject({ renderedMs: 100, firstSoundAt: 1_000, lastSoundAt: 1_100, final: false });
    expect(record?.levelDbfs).toBeCloseTo(-20, 1);
  });

  test('it grows under its id, is sent again after a while, and closes after a pause', () => {
    const book = aBook();
    book.note(slice(0, 100));
    const first = book.due(100);
    book.stored([first[0]?.id ?? ''], first);
    book.note(slice(100, 8_200));
    expect(book.due(200)).toEqual([]);
    const second = book.due(8_200);
    expect(second[0]).toMatchObject({ id: first[0]?.id, renderedMs: 8_200, final: false });
    book.stored([first[0]?.id ?? ''], second);
    expect(book.due(18_201)[0]).toMatchObject({ id: first[0]?.id, final: true });
  });

  test('what was not acknowledged is due again; an old acknowledgement does not delete what has grown', () => {
    const book = aBook();
    book.note(slice(0, 100));
    const first = book.due(100);
    expect(book.due(150)).toEqual(first);
    book.note(slice(100, 9_000));
    book.due(9_000);
    book.stored([first[0]?.id ?? ''], first);
    expect(book.due(9_010)).toHaveLength(1);
  });
});
