import { describe, expect, test } from 'vitest';
import { SMALL_CITY } from '../../../../test/support/zones.ts';
import { add, NOTHING, onlyKnown, remove, stateOf, toggle } from './selection.ts';
import { childrenOf, createZoneIndex, fullName, wardOf } from './zone-index.ts';

const index = createZoneIndex(SMALL_CITY);
const chosen = (...ids: string[]) => new Set(ids);

describe('zone index', () => {
  test('names are ordered as people count: ward 2 before ward 10', () => {
    expect(childrenOf(index, 'c').map((zone) => zone.name)).toEqual(['Phường 2', 'Phường 10']);
  });

  test('a cluster is named with its ward', () => {
    expect(fullName(index, 'k3')).toBe('Cụm loa 3, Phường 10');
    expect(wardOf(index, 'k3')?.id).toBe('w10');
    expect(wardOf(index, 'c')).toBeNull();
  });
});

describe('selection', () => {
  test('a ward is all, its city is some', () => {
    expect(stateOf(index, chosen('w2'), 'k1')).toBe('all');
    expect(stateOf(index, chosen('w2'), 'c')).toBe('some');
    expect(stateOf(index, chosen('w2'), 'w10')).toBe('none');
  });

  test('all clusters of a ward become the ward, all wards the city', () => {
    expect(add(index, chosen('k1'), 'k2')).toEqual(chosen('w2'));
    expect(add(index, chosen('w2'), 'w10')).toEqual(chosen('c'));
  });

  test('an only child stays itself', () => {
    expect(add(index, NOTHING, 'k3')).toEqual(chosen('k3'));
  });

  test('choosing a ward swallows its clusters', () => {
    expect(add(index, chosen('k1'), 'w2')).toEqual(chosen('w2'));
  });

  test('giving one cluster back splits the city', () => {
    expect(remove(index, chosen('c'), 'k1')).toEqual(chosen('w10', 'k2'));
  });

  test('toggling a half-chosen ward chooses it whole, toggling again gives it back', () => {
    const whole = toggle(index, chosen('k1'), 'w2');
    expect(whole).toEqual(chosen('w2'));
    expect(toggle(index, whole, 'w2')).toEqual(NOTHING);
  });

  test('zones that are gone leave the choice', () => {
    expect(onlyKnown(index, chosen('w2', 'gone'))).toEqual(chosen('w2'));
  });
});
