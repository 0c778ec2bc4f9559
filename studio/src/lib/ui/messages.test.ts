import { readFileSync } from 'node:fs';
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

  test('both languages take the same inputs', () => {
    const different = Object.keys(vi).filter((key) => `${inputsOf(vi[key] ?? '')}` !== `${inputsOf(en[key] ?? '')}`);
    expect(different).toEqual([]);
  });

  test('Vietnamese is written with composed letters', () => {
    expect(Object.values(vi).filter((text) => text !== text.normalize('NFC'))).toEqual([]);
  });
});
