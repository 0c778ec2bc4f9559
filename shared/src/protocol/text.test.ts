import { describe, expect, it } from 'vitest';
import { startSpecSchema } from '../broadcasts/commands.ts';
import { isPlainText, toPlainText } from './text.ts';

describe('text that can be stored', () => {
  it.each(['Thông báo khẩn', 'Phường 1 – “Bến Đình”', '緊急', '🚨 báo động', ''])('%s', (text) => {
    expect(isPlainText(text)).toBe(true);
  });

  it.each([
    ['a NUL', 'a\u0000b'],
    ['a line break', 'a\nb'],
    ['an escape', '\u001b[31m'],
    ['half a character', 'a\ud83d'],
    ['the other half', '\udea8b'],
  ])('not %s', (_, text) => {
    expect(isPlainText(text)).toBe(false);
  });

  it.each([
    ['Lan\tHương', 'Lan Hương'],
    [' \n Lan \u0000', 'Lan'],
    ['Lan 🚨', 'Lan 🚨'],
    [`${'a'.repeat(9)}🚨`, 'a'.repeat(9)],
    ['\u0007', ''],
  ])('%j is stored as %j', (text, stored) => {
    expect(toPlainText(text, 10)).toBe(stored);
    expect(isPlainText(stored)).toBe(true);
  });

  it('titles, names and keys of a start are such text', () => {
    const spec = {
      id: 'b',
      key: 'k'.repeat(16),
      title: 't',
      source: { kind: 'live', sourceId: 's' },
      zones: ['z'],
      level: 1,
      authority: 1,
      mode: 'replace',
      wait: false,
      by: { id: 'p', name: 'n' },
    };
    const bad = '\u0000'.repeat(16);
    expect(startSpecSchema.safeParse(spec).success).toBe(true);
    for (const change of [{ title: bad }, { key: bad }, { by: { id: 'p', name: bad } }, { by: { id: bad, name: 'n' } }])
      expect(startSpecSchema.safeParse({ ...spec, ...change }).success).toBe(false);
  });
});
