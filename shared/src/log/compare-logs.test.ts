import { describe, expect, it } from 'vitest';
import type { LoggedEvent } from '../broadcasts/events.ts';
import { compareLogs, lostEvents } from './compare-logs.ts';

/** A chain after `from`; hashes are made of the letters that lead there, so that branches differ by a letter. */
function chain(letters: string, from = ''): LoggedEvent[] {
  return [...letters].map((_, i) => {
    const prevHash = from + letters.slice(0, i);
    const hash = from + letters.slice(0, i + 1);
    const event = { type: 'broadcast-ended', broadcastId: hash, reason: 'stopped', by: null, detail: null } as never;
    return { version: hash.length, at: 0, prevHash, hash, event };
  });
}

const place = (hash: string) => ({ version: hash.length, hash });

/** How the log that ends with `log` stands to a node at `own` which keeps its last `kept` events. */
const relation = (own: string, log: string, kept = own.length) =>
  compareLogs(place(own), chain(own).slice(own.length - kept), place(log), chain(log)[own.length]);

describe('EL5: a node and the log', () => {
  it.each([
    ['same', 'abc', 'abc'],
    ['same', '', ''],
    ['goes-on', 'abc', 'abcde'],
    ['goes-on', '', 'a'],
    ['forked', 'abc', 'abx'],
    ['forked', 'abc', 'abxyz'],
    ['forked', 'abcde', 'abx'],
  ])('%s: %s and %s', (kind, own, log) => {
    expect(relation(own, log).kind).toBe(kind);
  });

  it('a log that has lost its end is told what is missing', () => {
    expect(relation('abcde', 'ab')).toEqual({ kind: 'lost-its-end', missing: chain('abcde').slice(2) });
    expect(relation('abc', '')).toEqual({ kind: 'lost-its-end', missing: chain('abc') });
  });

  it('what cannot be seen is never guessed', () => {
    expect(relation('abcde', 'ab', 2).kind).toBe('out-of-reach');
    expect(compareLogs(place('ab'), chain('ab'), place('abcdef'), chain('abcdef')[4]).kind).toBe('out-of-reach');
    expect(compareLogs(place('ab'), chain('ab'), place('abcdef'), undefined).kind).toBe('out-of-reach');
  });
});

describe('EL6: what a fork has lost', () => {
  it('is everything after the last common event', () => {
    expect(lostEvents(chain('abcde'), chain('abxyz'))).toEqual(chain('abcde').slice(2));
    expect(lostEvents(chain('abc'), chain('abcde'))).toEqual([]);
  });

  it('is also found where only the predecessor of the first is known, and is all when nothing is common', () => {
    expect(lostEvents(chain('abcd').slice(1), chain('abxy').slice(2))).toEqual(chain('abcd').slice(2));
    expect(lostEvents(chain('abc').slice(1), chain('xyz'))).toEqual(chain('abc').slice(1));
  });
});
