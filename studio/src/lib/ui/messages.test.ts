import { readFileSync } from 'node:fs';
import { endReasonSchema, eventSchema } from '@loa/shared/broadcasts/events';
import { refusalCodeSchema } from '@loa/shared/broadcasts/refusal';
import { DOOR_REFUSAL_CODES, ERROR_CODES } from '@loa/shared/protocol/errors';
import { RECEIVER_PROBLEM_CODES } from '@loa/shared/protocol/receivers';
import { describe, expect, test } from 'vitest';

function read(locale: string): Record<string, string> {
  return JSON.parse(readFileSync(new URL(`../../../messages/${locale}.json`, import.meta.url), 'utf8')) as Record<
    string,
    string
  >;
}

const vi = read('vi');
const en = read('en');
const inputsOf = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

describe('texts', () => {
  test('every text is there in both languages', () => {
    expect(Object.keys(en)).toEqual(Object.keys(vi));
  });

  test.each<[kind: string, codes: readonly string[]]>([
    ['refusal', [...refusalCodeSchema.options, ...DOOR_REFUSAL_CODES]],
    ['reason', endReasonSchema.options],
    ['error', ERROR_CODES],
    ['receiver_problem', RECEIVER_PROBLEM_CODES],
    ['event', eventSchema.options.map(({ shape }) => shape.type.value)],
  ])('PO71: every code of kind %s has a sentence of its own in both languages, and shows no code', (kind, codes) => {
    for (const texts of [vi, en]) {
      const sentences = codes.map((code) => texts[`${kind}_${code}`] ?? '');
      expect(codes.filter((_, index) => sentences[index] === '')).toEqual([]);
      expect(sentences.filter((sentence) => /[a-z]-[a-z]+-|[{}]/.test(sentence))).toEqual([]);
      expect(new Set(sentences).size).toBe(codes.length);
    }
  });

  test('both languages take the same inputs', () => {
    const different = Object.keys(vi).filter((key) => `${inputsOf(vi[key] ?? '')}` !== `${inputsOf(en[key] ?? '')}`);
    expect(different).toEqual([]);
  });

  test('Vietnamese is written with composed letters', () => {
    expect(Object.values(vi).filter((text) => text !== text.normalize('NFC'))).toEqual([]);
  });
});
