import { REFUSAL_CODES } from '@loa/shared/broadcasts/refusal';
import { describe, expect, test } from 'vitest';
import { refusalOf, refusalText } from './refusal.ts';

describe('why something was refused', () => {
  test('every code has a sentence of its own', () => {
    const texts = REFUSAL_CODES.map((code) => refusalText({ code }));
    expect(new Set(texts).size).toBe(REFUSAL_CODES.length);
    for (const [index, code] of REFUSAL_CODES.entries()) expect(texts[index]).not.toContain(code);
  });

  test('neither a code that this page does not know nor an id is shown to people', () => {
    expect(refusalText({ code: 'new-code', detail: 'because' })).not.toMatch(/new-code|because/);
    expect(refusalText({ code: 'source-in-use', detail: 'again-1795418322852' })).not.toContain('again-');
  });

  test('the reason is taken from the details of a problem', () => {
    expect(refusalOf({ code: 'refused', message: 'no', details: { code: 'zones-taken' } })).toEqual({
      code: 'zones-taken',
    });
    expect(refusalOf({ code: 'unavailable', message: 'no' })).toBeNull();
  });
});
