import { describe, expect, test } from 'vitest';
import { SMALL_CITY, zoneId } from '../../../../test/support/zones.ts';
import { NOTHING, onlyKnown, stateOf, toggle } from './selection.ts';
import { fullName, wardOf, zoneNames, zoneSummary } from './zone-names.ts';

const tree = SMALL_CITY;
const ids = (...names: string[]) => names.map(zoneId);

describe('names of zones', () => {
  test('a cluster is named with its ward, a ward and a city alone', () => {
    expect(fullName(tree, zoneId('k3'))).toBe('Cụm loa 3, Phường 10');
    expect(fullName(tree, zoneId('w2'))).toBe('Phường 2');
    expect(fullName(tree, zoneId('c'))).toBe('Thành phố Vũng Tàu');
  });

  test('several are named in reading order, and those that find no place are counted', () => {
    const chosen = ids('w10', 'w2', 'gone');
    expect(zoneNames(tree, chosen)).toEqual(['Phường 2', 'Phường 10', 'khu vực không còn']);
    expect(zoneSummary(tree, chosen, 1)).toMatch(/^Phường 2 \D*2/);
  });

  test('a city belongs to no ward', () => {
    expect(wardOf(tree, zoneId('c'))).toBeNull();
  });

  test('an id is never shown as a name, neither of a zone that is gone nor before the tree is loaded', () => {
    expect(fullName(tree, zoneId('gone'))).toBe('khu vực không còn');
    expect(fullName(null, zoneId('w2'))).toBe('đang tải…');
    expect(zoneSummary(null, ids('w2', 'w10'), 1)).toBe('đang tải…');
    expect(zoneNames(null, [])).toEqual([]);
  });
});

describe('selection', () => {
  test('what lies below a chosen ward is chosen, its city is chosen in part', () => {
    expect(stateOf(tree, ids('w2'), zoneId('k1'))).toBe('all');
    expect(stateOf(tree, ids('w2'), zoneId('c'))).toBe('some');
    expect(stateOf(tree, ids('w2'), zoneId('w10'))).toBe('none');
  });

  test('all clusters of a ward become the ward', () => {
    expect(toggle(tree, ids('k1'), zoneId('k2'))).toEqual(ids('w2'));
  });

  test('giving one cluster back splits the ward', () => {
    expect(toggle(tree, ids('w2'), zoneId('k1'))).toEqual(ids('k2'));
  });

  test('toggling a half-chosen ward chooses it whole, toggling again gives it back', () => {
    const whole = toggle(tree, ids('k1'), zoneId('w2'));
    expect(whole).toEqual(ids('w2'));
    expect(toggle(tree, whole, zoneId('w2'))).toEqual(NOTHING);
  });

  test('zones that are gone leave the choice', () => {
    expect(onlyKnown(tree, ids('w2', 'gone'))).toEqual(ids('w2'));
  });
});
