import { describe, expect, test } from 'vitest';
import { SMALL_CITY } from '../../../../test/support/zones.ts';
import { entryText } from './entry-text.ts';
import type { LogEntry } from './log-answers.ts';

function read(entry: Partial<LogEntry>) {
  const full = {
    id: '1',
    at: 1,
    kind: 'refusal',
    type: '',
    broadcastId: null,
    title: null,
    zonePaths: {},
    data: null,
    counted: null,
    ...entry,
  };
  return entryText(full as LogEntry, SMALL_CITY, () => 'Bản tin');
}

describe('the log', () => {
  test('says a refusal in words, of the core as of the door, and of a server that is newer than the page', () => {
    expect(read({ type: 'source-in-use' }).headline).toBe('Từ chối: Nguồn âm này đang dùng cho một chương trình khác.');
    expect(read({ type: 'bad-request' }).headline).toBe('Từ chối: Yêu cầu không hợp lệ.');
    expect(read({ type: 'too-quiet' }).headline).not.toContain('too-quiet');
  });

  test('RF1: says how many further refusals of a kind an entry stands for, and when they were', () => {
    const counted = { count: 31, firstAt: 60_000 };
    const text = read({
      type: 'zones-taken',
      at: 119_999,
      counted,
      data: { detail: {}, by: { id: 'a', name: 'Lan' } },
    });
    expect(text.detail).toBe('và thêm 31 lần từ chối cùng loại trong phút này · Lan');
    const longer = read({ type: 'zones-taken', at: 600_000, counted, data: { detail: {}, by: null } });
    expect(longer.detail).toMatch(/^và thêm 31 lần từ chối cùng loại từ \S+ đến \S+$/);
  });

  test('a zone that has been merged away reads as it did when the broadcast started', () => {
    const data = { type: 'broadcast-rezoned', broadcastId: 'b1', zones: ['w2', 'gone'] };
    const zonePaths = { gone: 'Thành phố › Phường 1' };
    const entry = { kind: 'event', type: 'broadcast-rezoned', data } as const;
    expect(read({ ...entry, zonePaths }).detail).toBe('Phường 2, Thành phố › Phường 1');
    expect(read(entry).detail).toBe('Phường 2, khu vực không còn');
  });

  test('names who typed no name in the reader’s language, and shows no name of an event that it does not know', () => {
    const by = { id: 'p1', name: '' };
    expect(read({ data: { detail: { title: 'Bản tin' }, by } })).toMatchObject({ detail: 'Phát thanh viên' });
    expect(read({ kind: 'event', type: 'broadcast-dreamt', data: {} }).headline).toBe('Sự kiện khác');
  });
});
