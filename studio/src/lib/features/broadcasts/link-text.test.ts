import { expect, test } from 'vitest';
import { refusedLinkText } from './link-text.ts';

test('an address that the server does not know is named, with the setting and what a presenter can do', () => {
  const text = refusedLinkText({ code: 'forbidden', message: '', details: { origin: 'http://bando:3000' } });
  expect(text).toContain('http://bando:3000');
  expect(text).toContain('SFU_STUDIO_ORIGINS');
  expect(text).toContain('Trang vẫn tự thử lại.');
});

test('a page that is too old says to load it anew, and does not promise to try again', () => {
  expect(refusedLinkText({ code: 'client-too-old', message: '' })).toBe(
    'Máy chủ không nhận trang này. Trang này đã cũ, hãy tải lại.',
  );
});
