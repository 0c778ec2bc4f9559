import { describe, expect, it } from 'vitest';
import { DoorList, MOVE_SPREAD_MS } from './door-list.ts';
import { FIRST_RETRY_MS, MAX_RETRY_MS } from './reconnect-policy.ts';

const HOME = 'http://home';

describe('ND23: a door whose node is known to work', () => {
  it('is tried before any other, but not again when it has failed, and not when nobody speaks of it any more', () => {
    const doors = new DoorList(HOME, ['http://b', 'http://c', 'http://d']);
    expect(doors.failed(0, 'http://c')).toBeLessThanOrEqual(MOVE_SPREAD_MS);
    expect(doors.current).toBe('http://c');
    doors.failed(0, 'http://c');
    expect(doors.current).toBe('http://b');
    const others = new DoorList(HOME, ['http://b']);
    others.failed(0, 'http://gone');
    expect(others.current).toBe('http://b');
  });
});

describe('ND4: the door that is tried next', () => {
  it('is another one almost at once, each once; then waiting times grow', () => {
    const doors = new DoorList(HOME, ['http://b', 'http://c']);
    expect(doors.current).toBe(HOME);
    const tried = [doors.current];
    for (let n = 0; n < 2; n++) {
      expect(doors.failed(0.5)).toBeLessThanOrEqual(MOVE_SPREAD_MS);
      tried.push(doors.current);
    }
    expect(tried.toSorted()).toEqual(['http://b', 'http://c', HOME]);
    const afterRound = doors.failed(0);
    expect(afterRound).toBeGreaterThanOrEqual(FIRST_RETRY_MS / 2);
    for (let n = 0; n < 60; n++) doors.failed(1);
    const waits = [doors.failed(1), doors.failed(1), doors.failed(1)];
    expect(Math.max(...waits)).toBe(MAX_RETRY_MS);
  });

  it('with one door only, waiting times grow from the first failure on', () => {
    const doors = new DoorList(HOME);
    const waits = [doors.failed(0), doors.failed(0), doors.failed(0)];
    expect(doors.current).toBe(HOME);
    expect(waits).toEqual(waits.toSorted((one, other) => one - other));
    expect(waits[0]).toBeGreaterThan(0);
  });

  it('is chosen by chance among the others, so that a city spreads', () => {
    const chosen = [0, 0.5, 0.99].map((chance) => {
      const doors = new DoorList(HOME, ['http://b', 'http://c', 'http://d']);
      doors.failed(chance);
      return doors.current;
    });
    expect(chosen).toEqual(['http://b', 'http://c', 'http://d']);
  });
});

describe('what is known at the next start', () => {
  it('is the door in use, which does not name itself, and those that it names', () => {
    const doors = new DoorList(HOME, ['http://b']);
    doors.failed(0);
    doors.succeeded('http://b');
    doors.learn(['http://c', HOME]);
    expect(doors.remembered).toEqual(['http://b', 'http://c']);
    expect(doors.others).toEqual([HOME, 'http://c']);
  });

  it('never loses the door of the settings', () => {
    const doors = new DoorList(HOME);
    doors.succeeded('http://b');
    doors.learn([]);
    expect(doors.others).toEqual([HOME]);
  });
});
