import { describe, expect, it } from 'vitest';
import { CITY_ROWS, treeOf, zone, zoneIds } from '../../test/support/city.ts';
import type { ZoneId } from '../ids.ts';
import type { Zone } from './zone.ts';
import { MAX_ZONE_DEPTH } from '../protocol/limits.ts';
import { buildZoneTree } from './zone-tree.ts';

const tree = treeOf(CITY_ROWS);
const id = (text: string) => text as ZoneId;
const [CITY, W1, N1, C1, W3, C6, NOWHERE] = [
  id('city'),
  id('w1'),
  id('n1'),
  id('c1'),
  id('w3'),
  id('c6'),
  id('nowhere'),
];

describe('buildZoneTree', () => {
  const problemsOf = (rows: readonly Zone[]) => {
    const built = buildZoneTree(rows);
    return built.ok ? [] : built.error.map(({ code, zoneId }) => `${code} ${zoneId ?? '-'}`);
  };

  it.each([
    ['nothing at all', [], ['no-root -']],
    ['two roots', [zone('a', null), zone('b', null)], ['several-roots b']],
    ['a parent that is missing', [zone('a', null), zone('b', 'x')], ['unknown-parent b']],
    ['an id that is used twice', [zone('a', null), zone('b', 'a'), zone('b', 'a')], ['duplicate-id b']],
    ['a zone that is its own parent', [zone('a', null), zone('b', 'b')], ['cycle b']],
    ['a ring', [zone('a', null), zone('b', 'c'), zone('c', 'b'), zone('d', 'c')], ['cycle b', 'cycle c']],
    ['several things at once', [zone('b', 'b'), zone('c', 'x')], ['no-root -', 'cycle b', 'unknown-parent c']],
  ])('ZT1: reports %s', (_, rows, problems) => {
    expect(problemsOf(rows)).toEqual(problems);
  });

  it('ZT1: takes a path of the greatest depth and refuses the zone below it', () => {
    const chain = Array.from({ length: MAX_ZONE_DEPTH }, (_, i) => zone(`d${i}`, i === 0 ? null : `d${i - 1}`));
    expect(problemsOf(chain)).toEqual([]);
    expect(problemsOf([...chain, zone('below', `d${MAX_ZONE_DEPTH - 1}`)])).toEqual(['too-deep below']);
  });

  it('ZT1: gives the same tree for rows in any order', () => {
    expect(treeOf([...CITY_ROWS].reverse()).zones).toEqual(tree.zones);
  });
});

describe('ZoneTree', () => {
  it('ZT2: a zone covers itself and what is below it, nothing else and nothing unknown', () => {
    expect([tree.covers(W1, W1), tree.covers(W1, C1), tree.covers(CITY, C1)]).toEqual([true, true, true]);
    expect([tree.covers(C1, W1), tree.covers(W3, C1), tree.covers(N1, C6)]).toEqual([false, false, false]);
    expect([tree.covers(NOWHERE, NOWHERE), tree.covers(CITY, NOWHERE), tree.covers(NOWHERE, C1)]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('ZT2: lists ways up and down', () => {
    expect(tree.root).toBe('city');
    expect(tree.pathTo(C1)).toEqual(['city', 'w1', 'n1', 'c1']);
    expect(tree.childrenOf(W1)).toEqual(['n1', 'n2']);
    expect(tree.descendantsOf(W1)).toEqual(['w1', 'n1', 'c1', 'c2', 'n2', 'c3']);
    expect(tree.leavesUnder(W1)).toEqual(['c1', 'c2', 'c3']);
    expect(tree.leavesUnder(C1)).toEqual(['c1']);
    expect(tree.leafCount).toBe(7);
    expect(tree.zoneById(W3)?.name).toBe('w3');
  });

  it('ZT2: answers nothing about an unknown zone', () => {
    expect(tree.has(NOWHERE)).toBe(false);
    expect(tree.zoneById(NOWHERE)).toBeUndefined();
    for (const list of [tree.pathTo, tree.childrenOf, tree.descendantsOf, tree.leavesUnder])
      expect(list(NOWHERE)).toEqual([]);
  });

  it.each([
    [[], []],
    [['c2', 'c1'], ['n1']],
    [['c1', 'c2', 'c3'], ['w1']],
    [['c6'], ['w3']],
    [
      ['c4', 'c1', 'w2'],
      ['c1', 'w2'],
    ],
    [['w1', 'c4', 'c5', 'c6', 'w4'], ['city']],
    [['city', 'c1'], ['city']],
    [['nowhere', 'c4'], ['c4']],
  ])('ZT3: %j is covered best by %j', (zones, cover) => {
    expect(tree.smallestCoveringSet(zoneIds(...zones))).toEqual(cover);
  });

  it('ZT3: looks at the zones anew when the list was changed meanwhile', () => {
    const chosen = zoneIds('c1');
    expect(tree.smallestCoveringSet(chosen)).toEqual(['c1']);
    chosen.push(...zoneIds('c2'));
    expect(tree.smallestCoveringSet(chosen)).toEqual(['n1']);
  });

  it.each([
    [['city'], ['c1'], ['c2', 'n2', 'w2', 'w3', 'w4']],
    [['w1'], ['n1'], ['n2']],
    [['w1'], ['city'], []],
    [['w3'], ['c6'], []],
    [['n1'], ['w2'], ['n1']],
  ])('ZT4: %j without %j is %j', (zones, minus, left) => {
    expect(tree.subtract(zoneIds(...zones), zoneIds(...minus))).toEqual(left);
  });
});
