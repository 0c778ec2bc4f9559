import { THREE_TONES } from '#lib/audio/chime.ts';
import { describe, expect, test } from 'vitest';
import { readKept, writeKept } from './kept-slot.ts';
import { refusalOf } from './refusal.ts';

function aStorage(): Storage {
  const items = new Map<string, string>();
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
    clear: () => items.clear(),
    key: () => null,
    length: 0,
  };
}

describe('what a tab remembers of its broadcast', () => {
  test('is found again by its own slot only', () => {
    const storage = aStorage();
    writeKept(storage, 'desk', { broadcastId: 'b1', live: true, held: true, cut: true, chime: THREE_TONES });
    expect(readKept(storage, 'desk')).toEqual({
      broadcastId: 'b1',
      live: true,
      held: true,
      cut: true,
      chime: THREE_TONES,
    });
    expect(readKept(storage, 'emergency')).toBeNull();
  });

  test('is forgotten when told, and nothing when it is broken', () => {
    const storage = aStorage();
    writeKept(storage, 'desk', { broadcastId: 'b1', live: true, held: false, cut: false, chime: null });
    writeKept(storage, 'desk', null);
    expect(readKept(storage, 'desk')).toBeNull();
    storage.setItem('loa.slot.desk', '{');
    expect(readKept(storage, 'desk')).toBeNull();
    storage.setItem('loa.slot.desk', '{"broadcastId":7}');
    expect(readKept(storage, 'desk')).toBeNull();
  });
});

describe('refusal in a problem', () => {
  test('names who holds the zones', () => {
    const details = { code: 'zones-taken', holders: [{ zone: 'w2', broadcastId: 'b9' }] };
    expect(refusalOf({ code: 'refused', message: '', details })?.holders).toEqual([{ zone: 'w2', broadcastId: 'b9' }]);
  });

  test('a refusal of a newer server is still a refusal; other problems are none', () => {
    expect(refusalOf({ code: 'refused', message: 'why', details: 5 })).toEqual({ code: 'unknown', detail: 'why' });
    expect(refusalOf({ code: 'unavailable', message: '' })).toBeNull();
    expect(refusalOf(null)).toBeNull();
  });
});
