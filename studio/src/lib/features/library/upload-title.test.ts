import { expect, test } from 'vitest';
import { titleFor, titleToSend } from './upload-title.ts';

test('a second file brings its own title, as long as nobody wrote one', () => {
  expect(titleFor('cat-dien.mp3', '', '')).toBe('cat-dien');
  expect(titleFor('bao.so.6.wav', 'cat-dien', 'cat-dien')).toBe('bao.so.6');
  expect(titleFor('bao.wav', 'Cắt điện', 'cat-dien')).toBe('Cắt điện');
});

test('a file whose name is too long for a title, or has what none may have, is not sent to be refused', () => {
  const long = `${'a'.repeat(300)}.mp3`;
  expect(titleFor(long, '', '')).toBe('a'.repeat(200));
  expect(titleToSend('  ', long)).toBe('a'.repeat(200));
  expect(titleToSend('Bão\tsố 5', 'bao.mp3')).toBe('Bão số 5');
  expect(titleToSend('', '.mp3')).toBe('.mp3');
});
