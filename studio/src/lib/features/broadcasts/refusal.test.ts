import { REFUSAL_CODES } from '@loa/shared/broadcasts/refusal';
import { DOOR_REFUSAL_CODES } from '@loa/shared/protocol/errors';
import { describe, expect, test } from 'vitest';
import { refusalOf, refusalText } from './refusal.ts';
import { mayBeOnAir } from './start-command.ts';

describe('why something was refused', () => {
  test('every code has a sentence of its own', () => {
    const codes = [...REFUSAL_CODES, ...DOOR_REFUSAL_CODES];
    const texts = codes.map((code) => refusalText({ code }));
    expect(new Set(texts).size).toBe(codes.length);
    expect(texts).not.toContain(refusalText({ code: 'new-code' }));
    for (const [index, code] of codes.entries()) expect(texts[index]).not.toContain(code);
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

  test('the door refuses with problems of other codes; those with other details are no refusals', () => {
    const gone = { code: 'not-found', message: 'no', details: { code: 'unknown-segment' } } as const;
    expect(refusalOf(gone)).toEqual({ code: 'unknown-segment' });
    expect(mayBeOnAir(gone)).toBe(false);
    expect(refusalOf({ code: 'conflict', message: 'no', details: { code: 'zones-taken' } })).toBeNull();
    expect(refusalOf({ code: 'bad-request', message: 'no', details: { issues: [] } })).toBeNull();
  });
});
