import { toCsrc } from '@loa/shared/protocol/csrc';
import { describe, expect, test } from 'vitest';
import { busGains, PresenceTable } from './presence-table.ts';

const normal = toCsrc({ rank: 76, overlay: false, tag: 1 });
const overlay = toCsrc({ rank: 140, overlay: true, tag: 2 });
const emergency = toCsrc({ rank: 220, overlay: false, tag: 3 });

describe('who is heard on a page that cannot read packets', () => {
  test('PO6: the highest rank alone, whatever bus it is on', () => {
    const table = new PresenceTable();
    table.note(1, normal, 0);
    table.note(0, emergency, 0);
    const heard = table.heard(10);
    expect(heard).toEqual([{ bus: 0, tag: 3, rank: 220, role: 'main', gain: 1 }]);
    expect(busGains(heard, 2)).toEqual([1, 0]);
  });

  test('PO7: below an overlay of another bus the lower one goes on, ducked', () => {
    const table = new PresenceTable();
    table.note(1, normal, 0);
    table.note(0, overlay, 0);
    const gains = busGains(table.heard(10), 2);
    expect(gains[0]).toBe(1);
    expect(gains[1]).toBeGreaterThan(0);
    expect(gains[1]).toBeLessThan(0.2);
  });

  test('below an overlay of the same bus it is not claimed to be heard', () => {
    const table = new PresenceTable();
    table.note(1, normal, 0);
    table.note(1, overlay, 0);
    expect(table.heard(10).map((one) => one.tag)).toEqual([2]);
  });

  test('PO8: without packets for half a second it is gone and the lower one is back', () => {
    const table = new PresenceTable();
    table.note(0, emergency, 0);
    table.note(1, normal, 400);
    expect(table.heard(450)[0]?.tag).toBe(3);
    expect(table.heard(501)[0]?.tag).toBe(1);
    expect(table.heard(901)).toEqual([]);
  });

  test('the control bus is never heard', () => {
    const table = new PresenceTable();
    table.note(0, 0, 0);
    expect(table.heard(1)).toEqual([]);
  });
});
