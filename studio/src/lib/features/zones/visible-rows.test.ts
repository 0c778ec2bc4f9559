import { describe, expect, test } from 'vitest';
import { EMPTY_PICTURE } from '#lib/live/picture.ts';
import { aBroadcast, SMALL_CITY, zoneId } from '../../../../test/support/zones.ts';
import { zoneSchema } from '@loa/shared/zones/zone';
import { buildZoneTree } from '@loa/shared/zones/zone-tree';
import { foundRows, visibleRows } from './visible-rows.ts';
import { broadcastIn, countReceivers } from './zone-states.ts';

describe('rows of the zone tree', () => {
  test('show what is open, wards as people count', () => {
    const rows = visibleRows(SMALL_CITY, new Set(['c', 'w10']));
    expect(rows.map((row) => [row.zone.id, row.depth])).toEqual([
      ['c', 1],
      ['w2', 2],
      ['w10', 2],
      ['k3', 3],
    ]);
  });

  test('a search without accents finds, flat', () => {
    expect(foundRows(SMALL_CITY, 'phuong 10').rows.map((row) => row.zone.id)).toContain('w10');
    expect(foundRows(SMALL_CITY, 'quận 7')).toEqual({ rows: [], more: 0 });
  });

  test('of many that a search finds sixty are shown, and how many more there are', () => {
    const zone = (id: string, parentId: string | null) =>
      zoneSchema.parse({
        id,
        parentId,
        kind: parentId === null ? 'city' : 'cluster',
        name: `Cụm loa ${id}`,
        code: id,
        lat: null,
        lng: null,
        population: null,
      });
    const built = buildZoneTree([zone('c', null), ...Array.from({ length: 239 }, (_, n) => zone(`k${n}`, 'c'))]);
    if (!built.ok) throw new Error(JSON.stringify(built.error));
    const { rows, more } = foundRows(built.value, 'cum loa');
    expect([rows.length, more]).toEqual([60, 180]);
    expect(foundRows(SMALL_CITY, 'cum loa').more).toBe(0);
  });
});

describe('what is on air in a zone', () => {
  const city = aBroadcast({ broadcastId: 'city', rank: 200, zones: ['c'] });

  test('the highest one that covers it or lies in it', () => {
    expect(broadcastIn(SMALL_CITY, [city, aBroadcast()], zoneId('k1'))?.broadcastId).toBe('city');
    expect(broadcastIn(SMALL_CITY, [aBroadcast()], zoneId('c'))?.broadcastId).toBe('b1');
    expect(broadcastIn(SMALL_CITY, [aBroadcast()], zoneId('w10'))).toBeNull();
  });

  test('not one that is interrupted there, waits or is paused', () => {
    const taken = aBroadcast({ interrupted: [{ zone: 'w2', by: 'city' }] });
    expect(broadcastIn(SMALL_CITY, [taken], zoneId('k1'))).toBeNull();
    expect(broadcastIn(SMALL_CITY, [aBroadcast({ phase: 'waiting' })], zoneId('k1'))).toBeNull();
    expect(broadcastIn(SMALL_CITY, [aBroadcast({ paused: true })], zoneId('k1'))).toBeNull();
  });

  test('without receivers there is nothing to count', () => {
    expect(countReceivers(SMALL_CITY, EMPTY_PICTURE).size).toBe(0);
  });
});
