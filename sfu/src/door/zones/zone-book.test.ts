import { describe, expect, it } from 'vitest';
import type { ZoneId } from '@loa/shared/ids';
import type { ZoneVersion } from '@loa/shared/zones/zone-versions';
import type { ZoneRecords } from '../repositories/zone-repository.ts';
import { createZoneBook } from './zone-book.ts';

const MERGER = 2_000;
const version = (id: string, parentId: string | null, code: string, validFrom = 0, validTo: number | null = null) =>
  ({
    zone: { id, parentId, kind: 'ward', code, name: `Tên ${id}`, lat: null, lng: null, population: null },
    validFrom,
    validTo,
  }) as unknown as ZoneVersion;

/** Two wards become one, which takes the code of the first; the site of the second goes on under another id. */
const RECORDS: ZoneRecords = {
  versions: [
    version('city', null, '77'),
    version('west', 'city', '103'),
    version('north', 'city', '101', 0, MERGER),
    version('south', 'city', '102', 0, MERGER),
    version('site', 'south', '102.1', 0, MERGER),
    version('united', 'city', '101', MERGER),
    version('new-site', 'united', '101.9', MERGER),
  ],
  successions: [
    ['north', 'united'],
    ['south', 'united'],
    ['site', 'new-site'],
  ].map(([from, to]) => ({ from, to })) as unknown as ZoneRecords['successions'],
};

describe('the zone book', () => {
  it('knows a zone by its id and by its code', () => {
    const book = createZoneBook(RECORDS, 1_000);
    expect([book.resolve('south'), book.resolve('101')]).toEqual(['south', 'north']);
    expect(() => book.resolve('101.9')).toThrow('no zone');
    expect(() => book.resolve('united')).toThrow('no zone');
  });

  it('ZT5, ZT9: after the merger old names lead to what has become of them', () => {
    const book = createZoneBook(RECORDS, 1_000);
    const before = book.current.treeVersion;
    expect(book.nextChange(1_000)).toBe(MERGER);
    book.turn(MERGER);
    expect(book.current.treeVersion).not.toBe(before);
    expect(['101', '102', 'north', '102.1', 'site'].map((text) => book.resolve(text))).toEqual([
      'united',
      'united',
      'united',
      'new-site',
      'new-site',
    ]);
    expect(book.nextChange(MERGER)).toBeNull();
  });

  it('ZT8: a zone that is gone stands for its heirs, one that never was or is not yet for nothing', () => {
    const heirsAt = (at: number) => {
      const book = createZoneBook(RECORDS, at);
      return ['south', 'north', 'united', 'never'].map((id) => book.heirsOf(id as ZoneId));
    };
    expect(heirsAt(1_000)).toEqual([['south'], ['north'], [], []]);
    expect(heirsAt(MERGER)).toEqual([['united'], ['united'], ['united'], []]);
  });

  it('names a zone as it was, also when it is gone', () => {
    const book = createZoneBook(RECORDS, MERGER);
    expect(book.pathText('site' as ZoneId)).toBe('Tên city › Tên south › Tên site');
    expect(book.pathText('new-site' as ZoneId)).toBe('Tên city › Tên united › Tên new-site');
    expect(book.pathText('never' as ZoneId)).toBe('');
  });

  it('a code that several zones have names none', () => {
    const twice = { ...RECORDS, versions: [...RECORDS.versions, version('other', 'city', '102')] };
    expect(() => createZoneBook(twice, 1_000).resolve('102')).toThrow('use the id');
  });

  it('keeps the last tree when the rows are none', () => {
    const book = createZoneBook(RECORDS, 1_000);
    const broken = { ...RECORDS, versions: [...RECORDS.versions, version('second-root', null, '78')] };
    expect(() => book.turn(1_000, broken)).toThrow('several-roots');
    expect(book.current.tree.root).toBe('city');
    book.turn(MERGER);
    expect(book.current.tree.has('united' as ZoneId)).toBe(true);
  });
});
