import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** First and last number of each run of rows that docs/FAILURES.md has to have. */
const RUNS = [
  [1, 6],
  [10, 27],
  [30, 33],
  [51, 52],
  [60, 66],
] as const;

const rows = read('docs/FAILURES.md')
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter(([, id = '']) => /^F\d\d$/.test(id))
  .map(([, id = '', required = '', shownBy = '', open = '']) => ({ id, required, shownBy, open }));

describe('FAILURES.md', () => {
  it('has a row for each failure, in their order', () => {
    const wanted = RUNS.flatMap(([first, last]) =>
      Array.from({ length: last - first + 1 }, (_, i) => `F${String(first + i).padStart(2, '0')}`),
    );
    expect(rows.map(({ id }) => id)).toEqual(wanted);
  });

  it.each(rows)('$id says what is required, and names tests that there are, or says why there is none', (row) => {
    expect(row.required).not.toBe('');
    const tests = [...row.shownBy.matchAll(/`([\w./-]+\.ts)` “([^”]+)”/g)];
    const faults = [...row.shownBy.matchAll(/`faults --only (\w+)`/g)];
    // Whatever is written there is one or the other.
    expect(tests.length + faults.length).toBe(row.shownBy === '' ? 0 : row.shownBy.split('<br>').length);
    if (tests.length === 0) expect(row.open).not.toBe('');
    for (const [, file = '', name = ''] of tests) {
      expect(existsSync(join(ROOT, file)), file).toBe(true);
      expect(read(file), `${file} has no test “${name}”`).toContain(name);
    }
    for (const [, fault = ''] of faults)
      expect(read('bench/support/faults.ts')).toMatch(new RegExp(`^  (async )?${fault}[(:]`, 'm'));
  });
});
