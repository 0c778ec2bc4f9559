import { describe, expect, it } from 'vitest';
import type { BroadcastEvent, LoggedEvent } from '@loa/shared/broadcasts/events';
import type { BroadcastId } from '@loa/shared/ids';
import { endAfter } from './beginning.ts';

const b1 = 'b-1' as BroadcastId;
const b2 = 'b-2' as BroadcastId;
const logged = (version: number, event: object): LoggedEvent => ({
  version,
  at: 1_000 * version,
  prevHash: `hash-${version - 1}`,
  hash: `hash-${version}`,
  event: event as BroadcastEvent,
});
const END = {
  version: 4,
  hash: 'hash-4',
  nextTag: 9,
  unfinished: [b1],
  usedKeys: [['key-1', b1]] as Array<[string, BroadcastId]>,
  lastSign: { eventAt: 3_900, seenAt: 4_500 },
};

describe('EL31: where a log ends of which the database does not have all', () => {
  it('is its stored end when nothing waits, or only what is stored by now', () => {
    expect(endAfter(END, [])).toEqual(END);
    expect(endAfter(END, [logged(4, { type: 'broadcast-ended', broadcastId: b1 })])).toEqual(END);
  });

  it('is after what waits: what began is unfinished, its key is used, its tag is taken', () => {
    const waiting = [
      logged(5, { type: 'broadcast-started', broadcastId: b2, tag: 9, spec: { key: 'key-2' } }),
      logged(6, { type: 'broadcast-ended', broadcastId: b1 }),
    ];
    expect(endAfter(END, waiting)).toEqual({
      version: 6,
      hash: 'hash-6',
      nextTag: 10,
      unfinished: [b2],
      usedKeys: [
        ['key-1', b1],
        ['key-2', b2],
      ],
      lastSign: { eventAt: 6_000, seenAt: 4_500 },
    });
  });
});
