import { describe, expect, it } from 'vitest';
import type { LoggedEvent } from '@loa/shared/broadcasts/events';
import { MAX_ZONES_PER_BROADCAST } from '@loa/shared/broadcasts/commands';
import { MAX_EVENTS_PER_FRAME, toEventParts } from './event-parts.ts';
import { encodeFrame } from './framing.ts';

/** An event of about this many zones, each with who holds it. */
const eventOf = (version: number, zones: number) =>
  ({
    version,
    at: 0,
    prevHash: 'h',
    hash: 'h',
    event: {
      type: 'broadcast-interrupted',
      broadcastId: 'b',
      interrupted: Array.from({ length: zones }, (_, n) => ({ zone: `z${n}`.padEnd(64, 'z'), by: 'b'.repeat(64) })),
    },
  }) as unknown as LoggedEvent;

describe('events in parts', () => {
  it('are all there, in their order, however many and however large, and each part fits into a frame', () => {
    const events = Array.from({ length: 200 }, (_, n) => eventOf(n + 1, n % 2 === 0 ? MAX_ZONES_PER_BROADCAST : 1));
    expect(() => encodeFrame({ notice: { type: 'events', events } })).toThrow(RangeError);
    const parts = toEventParts(events);
    expect(parts.flat()).toEqual(events);
    for (const part of parts) expect(() => encodeFrame({ notice: { type: 'events', events: part } })).not.toThrow();
  });

  it('small ones go together, as many as a door asks for', () => {
    const parts = toEventParts(Array.from({ length: 120 }, (_, n) => eventOf(n + 1, 1)));
    expect(parts.map(({ length }) => length)).toEqual([MAX_EVENTS_PER_FRAME, MAX_EVENTS_PER_FRAME, 20]);
  });
});
