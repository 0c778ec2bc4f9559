import { describe, expect, it } from 'vitest';
import { createOwnName } from './own-name.ts';

const TTL_MS = 5_000;
const open = (predecessor: string | null = null) =>
  createOwnName({ run: 'own', predecessor, recordTtlMs: TTL_MS, silentAfterMs: 2_500 });
const record = (run: string) => JSON.stringify({ v: 1, node: 'a', run });

describe('ND41: the name of a node', () => {
  it('is free without a record, with the own one, with that of the process before, and with what is no record', () => {
    const name = open('before');
    expect(name.judge(null, -2)).toBe('free');
    for (const text of [record('own'), record('before'), 'nonsense'])
      expect(name.judge(text, 4_900), text).toBe('free');
  });

  it('is taken when another process renews its record', () => {
    const name = open();
    expect([4_400, 4_150, 4_990].map((ttl) => name.judge(record('twin'), ttl))).toEqual(['unsure', 'unsure', 'taken']);
  });

  it('is free when the record of a dead process is not renewed', () => {
    const name = open();
    expect([4_400, 3_000, 2_600].map((ttl) => name.judge(record('dead'), ttl))).toEqual(['unsure', 'unsure', 'unsure']);
    expect(name.judge(record('dead'), 2_400)).toBe('free');
    expect(open().judge(record('dead'), 900)).toBe('free');
  });

  it('of two others after each other, the second is not taken for the first renewed', () => {
    const name = open();
    expect(name.judge(record('one'), 3_000)).toBe('unsure');
    expect(name.judge(record('two'), 4_990)).toBe('unsure');
  });
});
