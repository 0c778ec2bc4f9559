import { describe, expect, it } from 'vitest';
import { treeOf, zone, zoneIds } from '../../test/support/city.ts';
import type { ZoneId } from '../ids.ts';
import { heirsOf, placeIn, reachOf, type Succession } from './succession.ts';

const BEFORE = [
  zone('city', null),
  zone('north', 'city'),
  zone('n1', 'north'),
  zone('n2', 'north'),
  zone('south', 'city'),
  zone('s1', 'south'),
  zone('west', 'city'),
];
/** North and south become one ward; `n1` goes on as `u1`, `n2` moves as it is, `s1` is split, `west` is a leaf before and after. */
const AFTER = [
  zone('city', null),
  zone('united', 'city'),
  zone('u1', 'united'),
  zone('n2', 'united'),
  zone('u3', 'united'),
  zone('u4', 'united'),
  zone('west', 'city'),
];
const SUCCESSIONS = [
  ['north', 'united'],
  ['south', 'united'],
  ['n1', 'u1'],
  ['s1', 'u3'],
  ['s1', 'u4'],
].map(([from, to]) => ({ from, to }) as Succession);
const before = treeOf(BEFORE);
const after = treeOf(AFTER);
const heirs = (id: string, successions: readonly Succession[] = SUCCESSIONS) =>
  heirsOf(id as ZoneId, before, after, successions);

describe('ZT8: heirs of a zone', () => {
  it('a zone that is still there stands for itself', () => {
    expect(heirs('west')).toEqual(['west']);
    expect(heirs('n2')).toEqual(['n2']);
  });

  it('a leaf goes on as its successors', () => {
    expect(heirs('n1')).toEqual(['u1']);
    expect(heirs('s1')).toEqual(['u3', 'u4']);
  });

  it('a ward that is gone stands for what has become of its clusters, not for the whole ward that it became part of', () => {
    expect(heirs('north')).toEqual(zoneIds('n2', 'u1'));
  });

  it('a ward of which no cluster has gone on stands for its successor', () => {
    expect(heirs('south', [{ from: 'south', to: 'united' } as Succession])).toEqual(['united']);
  });

  it('successions are followed over several steps, and in circles not for ever', () => {
    const chain = [
      ['n1', 'gone'],
      ['gone', 'n1'],
      ['gone', 'u1'],
    ].map(([from, to]) => ({ from, to }) as Succession);
    expect(heirs('n1', chain)).toEqual(['u1']);
    expect(heirs('n1', chain.slice(0, 2))).toEqual([]);
  });

  it('nothing stands for what left nothing behind', () => {
    expect(heirs('south', [])).toEqual([]);
    expect(heirs('never')).toEqual([]);
  });
});

describe('ZT10: the reach of a zone', () => {
  const reach = (id: string) => reachOf(id as ZoneId, before, after, SUCCESSIONS);

  it('takes in the ward in which a device of the merged ward stands now', () => {
    expect(reach('north')).toEqual(['united']);
    expect(reach('n1')).toEqual(['u1']);
  });

  it('is the zone itself while it is there, and nothing for what left nothing behind', () => {
    expect(reach('west')).toEqual(['west']);
    expect(reach('never')).toEqual([]);
  });
});

describe('ZT9: the place of a device', () => {
  const parents = new Map([...AFTER, ...BEFORE].map(({ id, parentId }) => [id, parentId]));
  const place = (id: string, successions: readonly Succession[] = SUCCESSIONS) =>
    placeIn(after, id as ZoneId, parents, successions);

  it.each([
    ['n2', 'n2', 'its zone is still there'],
    ['n1', 'u1', 'its zone has one successor'],
    ['s1', 'united', 'its zone was split: the lowest zone above all parts'],
    ['north', 'united', 'it stood in an inner zone'],
    ['never', 'city', 'nobody knows its zone'],
  ])('%s: %s (%s)', (from, to) => {
    expect(place(from)).toBe(to);
  });

  it('without a successor it is the place of the zone that was above', () => {
    expect(place('n1', [{ from: 'north', to: 'united' } as Succession])).toBe('united');
    expect(place('n1', [])).toBe('city');
  });

  it('rows that name each other as parents lead to the root', () => {
    const circle = new Map([
      ['a', 'b'],
      ['b', 'a'],
    ]) as unknown as ReadonlyMap<ZoneId, ZoneId>;
    expect(placeIn(after, 'a' as ZoneId, circle, [])).toBe('city');
  });
});
