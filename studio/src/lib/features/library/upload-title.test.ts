import { expect, test } from 'vitest';
import { titleFor } from './upload-title.ts';

test('a second file brings its own title, as long as nobody wrote one', () => {
  expect(titleFor('cat-dien.mp3', '', '')).toBe('cat-dien');
  expect(titleFor('bao.so.6.wav', 'cat-dien', 'cat-dien')).toBe('bao.so.6');
  expect(titleFor('bao.wav', 'Cắt điện', 'cat-dien')).toBe('Cắt điện');
});
