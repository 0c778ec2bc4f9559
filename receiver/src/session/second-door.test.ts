import { describe, expect, it } from 'vitest';
import { MAX_RETRY_MS, reconnectDelayMs } from '@loa/shared/nodes/reconnect-policy';
import { chooseSecondDoor, doorOf, MAX_SECOND_RETRY_MS, secondRetryDelayMs, secondWhepUrl } from './second-door.ts';

const DOORS = ['http://a', 'http://b', 'http://c'];

describe('PO40: the door of the second path', () => {
  const chosen = (doors: readonly string[], chance: number, avoid: string | null = null) =>
    chooseSecondDoor({ doors, firstDoor: 'http://a', avoid, chance });

  it('is any but the first path’s, by chance, so that a city spreads', () => {
    expect([0, 0.49, 0.5, 0.999].map((chance) => chosen(DOORS, chance))).toEqual([
      'http://b',
      'http://b',
      'http://c',
      'http://c',
    ]);
  });

  it('is another one than the one that did not work, unless that is the only one', () => {
    expect([0, 0.999].map((chance) => chosen(DOORS, chance, 'http://b'))).toEqual(['http://c', 'http://c']);
    expect(chosen(['http://b'], 0.5, 'http://b')).toBe('http://b');
  });

  it('is none where there is no other node', () => {
    expect(chosen([], 0.5)).toBeNull();
    expect(chosen(['http://a'], 0.5)).toBeNull();
  });

  it('is known from the address at which a path is joined', () => {
    const door = 'https://loa.test:3001';
    expect(doorOf(`${door}/whep/receivers/r.1`)).toBe(door);
    expect(secondWhepUrl(door, 'r:1')).toBe(`${door}/whep/receivers/r%3A1?path=second`);
    expect(doorOf(secondWhepUrl(door, 'r:1'))).toBe(door);
  });
});

describe('PO42: the waiting times of a second path', () => {
  it('grow as those of a first path, and further', () => {
    expect(secondRetryDelayMs(3, 0.5)).toBe(reconnectDelayMs(3, 0.5));
    expect([reconnectDelayMs(99, 1), secondRetryDelayMs(99, 1)]).toEqual([MAX_RETRY_MS, MAX_SECOND_RETRY_MS]);
  });
});
