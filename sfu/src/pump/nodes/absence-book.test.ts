import { describe, expect, it } from 'vitest';
import type { NodeId } from '../../config/node-name.ts';
import { createAbsenceBook, FORGET_AFTER_MS } from './absence-book.ts';
import { SILENT_AFTER_MS } from './sign.ts';

const B = 'b' as NodeId;
const ONLY_B = new Set([B]);
const NONE = new Set<NodeId>();
const NEVER = Number.NEGATIVE_INFINITY;

/** An answer each second, from `from` to `to` (seconds). */
function missSeconds(book: ReturnType<typeof createAbsenceBook>, from: number, to: number) {
  for (let s = from; s <= to; s++) book.note(ONLY_B, s * 1_000);
}

describe('ND30: when a node is gone', () => {
  it('its record is missing for long, and nothing comes over its line', () => {
    const book = createAbsenceBook();
    missSeconds(book, 0, 3);
    expect(book.isGone(B, 3_999, NEVER)).toBe(false);
    missSeconds(book, 4, 4);
    expect(book.isGone(B, FORGET_AFTER_MS, NEVER)).toBe(true);
  });

  it('never while its line is alive: it has lost Redis, and the others have not', () => {
    const book = createAbsenceBook();
    missSeconds(book, 0, 60);
    expect(book.isGone(B, 60_000, 60_000)).toBe(false);
    expect(book.isGone(B, 60_000, 60_000 - SILENT_AFTER_MS)).toBe(false);
    expect(book.isGone(B, 60_001, 60_000 - SILENT_AFTER_MS)).toBe(true);
  });

  it('time in which this node could not ask does not count', () => {
    const book = createAbsenceBook();
    missSeconds(book, 0, 1);
    missSeconds(book, 60, 63);
    expect(book.isGone(B, 63_000, NEVER)).toBe(false);
    missSeconds(book, 64, 64);
    expect(book.isGone(B, 64_000, NEVER)).toBe(true);
  });

  it('one whose record was there in between is missing anew', () => {
    const book = createAbsenceBook();
    missSeconds(book, 0, 3);
    book.note(NONE, 3_500);
    missSeconds(book, 4, 7);
    expect(book.isGone(B, 7_000, NEVER)).toBe(false);
    expect(book.isGone('c' as NodeId, 7_000, NEVER)).toBe(false);
  });
});
