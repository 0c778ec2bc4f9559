import { describe, expect, it } from 'vitest';
import { treeOf, zone } from '../../test/support/city.ts';
import { compareZones, foldVietnamese, searchZones } from './search.ts';

const tree = treeOf([
  zone('747', null, 'Thành phố Vũng Tàu'),
  zone('26506', '747', 'Phường 1'),
  zone('26512', '747', 'Phường 2'),
  zone('26530', '747', 'Phường 10'),
  zone('26542', '747', 'Phường 12'),
  zone('26509', '747', 'Phường Thắng Tam'),
  zone('26515', '747', 'Phường Nguyễn An Ninh'),
  zone('kp2', '26509', 'Khu phố 2'),
  zone('loa7', 'kp2', 'Cụm loa Hoà Bình'),
  zone('loa8', '26515', 'Cụm loa Đồi Ngọc Tước'),
]);
const names = (query: string, limit?: number) => searchZones(tree, query, limit).map(({ name }) => name);

describe('foldVietnamese', () => {
  it.each([
    ['Hoà', 'hoa'],
    ['Hòa', 'hoa'],
    ['HOÀ'.normalize('NFD'), 'hoa'],
    ['Đồi  Ngọc\tTước ', 'doi ngoc tuoc'],
    ['ĐƯỜNG', 'duong'],
    ['Nguyễn', 'nguyen'],
    ['', ''],
  ])('ZT6: %j becomes %j', (text, folded) => {
    expect(foldVietnamese(text)).toBe(folded);
  });
});

describe('searchZones', () => {
  it('ZT6: finds without diacritics, in any case and composition', () => {
    for (const query of ['thang tam', 'Thắng Tam', 'THẮNG'.normalize('NFD'), 'ThaNg  tA']) {
      expect(names(query)[0]).toBe('Phường Thắng Tam');
    }
    expect(names('doi')).toEqual(['Cụm loa Đồi Ngọc Tước']);
    expect(names('Hòa bình')).toEqual(['Cụm loa Hoà Bình']);
  });

  it('ZT6: a number finds numbers that begin with it, the number itself first', () => {
    expect(names('phuong 1')).toEqual(['Phường 1', 'Phường 10', 'Phường 12']);
    expect(names('2')).not.toContain('Phường 12');
  });

  it('ZT6: words may be found above a zone, but not all of them', () => {
    expect(names('thang tam khu pho')).toEqual(['Khu phố 2']);
    expect(names('vung tau')).toEqual(['Thành phố Vũng Tàu']);
    expect(names('thang tam ngoc')).toEqual([]);
  });

  it('ZT6: finds by code', () => {
    expect(names('26530')).toEqual(['Phường 10']);
    expect(names('2651')).toEqual(['Phường 2', 'Phường Nguyễn An Ninh']);
    expect(names('loa7')).toEqual(['Cụm loa Hoà Bình']);
  });

  it('ZT6: nothing typed finds nothing, and a limit is kept', () => {
    expect([names(''), names(' - ')]).toEqual([[], []]);
    expect(names('phuong', 2)).toEqual(['Phường 1', 'Phường 2']);
  });
});

describe('compareZones', () => {
  it('ZT7: sorts by the Vietnamese alphabet and numbers by value', () => {
    const rows = ['Phường 10', 'Đa Phước', 'Phường 2', 'Dũng Tiến', 'Ân Thi', 'An Hải', 'Ăn Mày'].map((name, i) =>
      zone(`z${i}`, null, name),
    );
    expect(rows.sort(compareZones).map(({ name }) => name)).toEqual([
      'An Hải',
      'Ăn Mày',
      'Ân Thi',
      'Dũng Tiến',
      'Đa Phước',
      'Phường 2',
      'Phường 10',
    ]);
  });

  it('ZT7: equal names are told apart by id', () => {
    expect(compareZones(zone('a', null, 'X'), zone('b', null, 'X'))).toBeLessThan(0);
    expect(compareZones(zone('a', null, 'X'), zone('a', null, 'X'))).toBe(0);
  });
});
