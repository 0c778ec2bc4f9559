import { describe, expect, test } from 'vitest';
import { clockTime, dateTime, duration, number, relativeTime } from './format.ts';

const AT = Date.UTC(2026, 10, 23, 17, 4, 9);

describe('times', () => {
  test('are the station’s: seven hours ahead of UTC, 24-hour clock, also after midnight', () => {
    expect(clockTime(AT)).toBe('00:04:09');
    expect(clockTime(AT, { seconds: false })).toBe('00:04');
    expect(dateTime(AT)).toBe('24/11/2026 00:04:09');
  });

  test('a countdown shows started seconds, an elapsed time finished ones', () => {
    expect(duration(61_001, { up: true })).toBe('1:02');
    expect(duration(61_999)).toBe('1:01');
    expect(duration(3_723_000)).toBe('1:02:03');
    expect(duration(-5)).toBe('0:00');
  });

  test('relative times pick the unit', () => {
    expect(relativeTime(AT - 5_000, AT, 'en')).toMatch(/5 sec/);
    expect(relativeTime(AT - 300_000, AT, 'vi')).toBe('5 phút trước');
    expect(relativeTime(AT - 7_200_000, AT, 'en')).toMatch(/2 hr/);
    expect(relativeTime(AT - 172_800_000, AT, 'en')).toMatch(/2 days/);
  });
});

test('numbers have the comma or the point of the language', () => {
  expect(number(-16.25, 1, 'vi')).toBe('-16,3');
  expect(number(-16.25, 1, 'en')).toBe('-16.3');
});
