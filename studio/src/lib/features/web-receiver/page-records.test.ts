import { zoneIdSchema } from '@loa/shared/broadcasts/commands';
import { playoutRecordSchema, receiverIdSchema } from '@loa/shared/protocol/receivers';
import { describe, expect, test } from 'vitest';
import { PageRecords } from './page-records.ts';
import type { RenderedPart } from './page-playout.ts';

const ZONE = zoneIdSchema.parse('z1');

function aBook() {
  let count = 0;
  return new PageRecords(
    receiverIdSchema.parse('page-1'),
    () => `record-number-${String((count += 1)).padStart(3, '0')}`,
  );
}

/** A stretch at -20 dBFS. */
function part(fromMs: number, untilMs: number): RenderedPart {
  const audibleMs = untilMs - fromMs;
  const energy = audibleMs * 48 * 0.01;
  return { tag: 7, rank: 76, fromMs, untilMs, audibleMs, energy, concealedMs: 1, lostPackets: 0 };
}

describe('PO20: records of a page', () => {
  test('a new record is due at once and fits the protocol', () => {
    const book = aBook();
    book.note(part(1_000, 1_100), ZONE);
    const [record] = book.due(1_100);
    expect(playoutRecordSchema.safeParse(record).success).toBe(true);
    expect(record).toMatchObject({ renderedMs: 100, firstSoundAt: 1_000, lastSoundAt: 1_100, final: false });
    expect(record?.levelDbfs).toBeCloseTo(-20, 1);
  });

  test('what was not acknowledged is due again; an old acknowledgement does not delete what has grown', () => {
    const book = aBook();
    book.note(part(0, 100), ZONE);
    const first = book.due(100);
    expect(book.due(150)).toEqual(first);
    book.note(part(100, 9_000), ZONE);
    book.due(9_000);
    book.stored([first[0]?.id ?? ''], first);
    expect(book.due(9_010)).toHaveLength(1);
  });

  test('what the server has stored is forgotten, and everything is final when the page stops', () => {
    const book = aBook();
    book.note(part(0, 100), ZONE);
    const first = book.due(100);
    book.stored([first[0]?.id ?? ''], first);
    expect(book.due(150)).toEqual([]);
    expect(book.last(200)).toMatchObject([{ id: first[0]?.id, final: true }]);
  });
});
