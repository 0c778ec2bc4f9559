import { describe, expect, it } from 'vitest';
import type { ZoneId } from '@loa/shared/ids';
import type { ZoneVersion } from '@loa/shared/zones/zone-versions';
import { homeFor } from './receiver-home.ts';
import { createZoneBook } from './zone-book.ts';

const version = (id: string, parentId: string | null, code: string) =>
  ({
    zone: { id, parentId, kind: 'ward', code, name: id, lat: null, lng: null, population: null },
    validFrom: 0,
    validTo: null,
  }) as unknown as ZoneVersion;
const versions = [
  version('city', null, '77'),
  version('north', 'city', '101'),
  version('n1', 'north', '101.1'),
  version('south', 'city', '102'),
];
const book = createZoneBook({ versions, successions: [] }, 1);
const home = (zoneId: string, askedZone: string | null) => ({ zoneId: zoneId as ZoneId, askedZone });

describe('where a receiver stands', () => {
  it('one that nobody knows stands where it says', () => {
    expect(homeFor('101.1', undefined, book)).toEqual(home('n1', '101.1'));
    expect(() => homeFor('nowhere', undefined, book)).toThrow('no zone');
  });

  it('ZT9: one that says the same again stays where staff has put it, whether it still names a zone or not', () => {
    expect(homeFor('101.1', home('south', '101.1'), book)).toEqual(home('south', '101.1'));
    expect(homeFor('gone', home('south', 'gone'), book)).toEqual(home('south', 'gone'));
  });

  it('one that was enrolled by staff stays there whatever it says first', () => {
    expect(homeFor('101.1', home('south', null), book)).toEqual(home('south', '101.1'));
  });

  it('one that says something new stands there', () => {
    expect(homeFor('102', home('n1', '101.1'), book)).toEqual(home('south', '102'));
  });

  it('a code does not move it up; an id does', () => {
    expect(homeFor('101', home('n1', '101.1'), book)).toEqual(home('n1', '101'));
    expect(homeFor('north', home('n1', '101.1'), book)).toEqual(home('north', 'north'));
  });
});
