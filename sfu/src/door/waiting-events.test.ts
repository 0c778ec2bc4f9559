import { describe, expect, it } from 'vitest';
import type { LoggedEvent } from '@loa/shared/broadcasts/events';
import { createWaitingEvents } from './waiting-events.ts';

const events = (...versions: number[]) => versions.map((version) => ({ version }) as LoggedEvent);
const MAX = 4;

describe('events that wait', () => {
  it('come out in their order, and then there are none', () => {
    const waiting = createWaitingEvents(MAX);
    expect([waiting.add(events(1, 2, 3)), waiting.add(events(4))]).toEqual([true, true]);
    expect(waiting.empty()).toEqual(events(1, 2, 3, 4));
    expect([waiting.length, waiting.empty()]).toEqual([0, []]);
  });

  it('are bounded: with one too many there are none, nor is what comes after the hole kept, until it is emptied', () => {
    const waiting = createWaitingEvents(MAX);
    waiting.add(events(1, 2, 3));
    expect([waiting.add(events(4, 5)), waiting.hasGap, waiting.length]).toEqual([false, true, 0]);
    expect([waiting.add(events(6)), waiting.length]).toEqual([false, 0]);
    expect(waiting.empty()).toEqual([]);
    expect([waiting.hasGap, waiting.add(events(7)), waiting.empty()]).toEqual([false, true, events(7)]);
  });
});
