import { describe, expect, it } from 'vitest';
import { createPlaces } from './places.ts';

function openPlaces(most: number) {
  const pushedOut: string[] = [];
  let max = most;
  const places = createPlaces(
    () => ({ max, remedy: 'raise SFU_MAX_LISTENERS' }),
    (pathId) => pushedOut.push(pathId),
  );
  return { places, pushedOut, allow: (now: number) => (max = now) };
}

describe('ND21: a second path', () => {
  it('takes a place that is free, and none when there is none', () => {
    const { places } = openPlaces(2);
    places.enter('a', false);
    places.enter('b', true);
    expect(() => places.enter('c', true)).toThrow(/no place for a second path \(2 listeners\): .*SFU_MAX_LISTENERS/);
    places.leave('a');
    places.enter('c', true);
    expect([places.seconds, places.isFull]).toEqual([2, false]);
  });

  it('gives its place to a first path, the newest one first; with first paths alone the node is full', () => {
    const { places, pushedOut } = openPlaces(3);
    for (const id of ['x', 'y', 'z']) places.enter(id, true);
    for (const id of ['a', 'b', 'c']) places.enter(id, false);
    expect([pushedOut, places.seconds, places.isFull]).toEqual([['z', 'y', 'x'], 0, true]);
    expect([places.has('x'), places.has('a')]).toEqual([false, true]);
    expect(() => places.enter('d', false)).toThrow(/its 3 listeners already/);
  });

  it('is not pushed out where there is room, and not by the first path of its own receiver', () => {
    const { places, pushedOut } = openPlaces(2);
    places.enter('own', true);
    places.enter('other', true);
    places.enter('first', false, 'own');
    expect([pushedOut, places.seconds]).toEqual([[], 2]);
    places.enter('stranger', false);
    expect(pushedOut).toEqual(['other']);
    places.leave('own');
    expect(places.isFull).toBe(true);
  });

  it('has its place again when the first path that took it did not stay', () => {
    const { places, pushedOut } = openPlaces(2);
    places.enter('own', true);
    places.enter('other', true);
    places.enter('first', false, 'own');
    places.leave('first');
    expect(() => places.enter('more', true)).toThrow(/no place/);
    places.enter('stranger', false);
    expect(pushedOut).toEqual(['other']);
  });

  it('that is not here any more gives no place', () => {
    const { places, pushedOut } = openPlaces(1);
    places.enter('own', true);
    places.leave('own');
    places.enter('stranger', true);
    places.enter('first', false, 'own');
    expect(pushedOut).toEqual(['stranger']);
  });
});

describe('NP33: places that become fewer', () => {
  it('send nobody away who has one; who comes is refused until there are places again', () => {
    const { places, pushedOut, allow } = openPlaces(3);
    for (const id of ['a', 'b', 'c']) places.enter(id, false);
    allow(1);
    expect([places.firsts, places.isFull, pushedOut]).toEqual([3, true, []]);
    expect(() => places.enter('d', false)).toThrow(/its 1 listeners already/);
    places.leave('a');
    expect(() => places.enter('d', false)).toThrow(/go to another one/);
    allow(3);
    places.enter('d', false);
    expect(places.firsts).toBe(3);
  });
});
