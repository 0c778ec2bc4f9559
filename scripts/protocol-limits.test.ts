import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as limits from '../shared/src/protocol/limits.ts';

const page = readFileSync(join(import.meta.dirname, '..', 'docs', 'PROTOCOL.md'), 'utf8');
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) => line.split('|').map((cell) => cell.trim()));

describe('PROTOCOL.md', () => {
  it.each(Object.entries(limits))('names %s with its value', (name, value) => {
    const row = rows.find((cells) => cells.includes(`\`${name}\``));
    expect(row).toContain(String(value));
  });
});
