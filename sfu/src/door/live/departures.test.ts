import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ReceiverId } from '@loa/shared/ids';
import { ProblemError } from '../problem-error.ts';
import { createDepartures } from './departures.ts';

const IDS = ['a', 'b', 'c'] as ReceiverId[];
/** Longer than any pause between two receivers. */
const ALL_TOLD_MS = 1_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp() {
  const node = { takes: false, doors: ['http://other'] };
  const told: string[] = [];
  const departures = createDepartures(
    {
      otherDoors: () => node.doors,
      refusal: () => (node.takes ? null : new ProblemError('unavailable', 'being emptied')),
    },
    (id, doors) => told.push(`${id} ${doors.join() || 'stay'}`),
  );
  return { node, told, departures };
}

describe('ND7: a node that takes receivers again', () => {
  it('calls back those that it had told to go and that are still here, once', () => {
    const { node, told, departures } = setUp();
    departures.sendAway(IDS);
    vi.advanceTimersByTime(ALL_TOLD_MS);
    expect(told.splice(0)).toEqual(IDS.map((id) => `${id} http://other`));
    departures.forget('b' as ReceiverId);
    node.takes = true;
    departures.callBack();
    expect(told.splice(0)).toEqual(['a stay', 'c stay']);
    departures.callBack();
    expect(told).toEqual([]);
    departures.close();
  });

  it('says nothing to those whose turn had not come', () => {
    const { node, told, departures } = setUp();
    departures.sendAway(IDS);
    node.takes = true;
    departures.callBack();
    vi.advanceTimersByTime(ALL_TOLD_MS);
    expect(told).toEqual([]);
    departures.close();
  });

  it('calls nobody back while it takes none for another reason', () => {
    const { told, departures } = setUp();
    departures.rescue(IDS);
    vi.advanceTimersByTime(ALL_TOLD_MS);
    told.length = 0;
    departures.callBack();
    expect(told).toEqual([]);
    departures.close();
  });
});

describe('ND15: a receiver that is asked to go where there is more room', () => {
  it('may stay when it has not gone after a while, and is not asked twice meanwhile', () => {
    const { node, told, departures } = setUp();
    node.takes = true;
    departures.spread(IDS.slice(0, 2), ['http://roomy']);
    expect(told.splice(0)).toEqual(['a http://roomy', 'b http://roomy']);
    expect(IDS.map(departures.isSpreading)).toEqual([true, true, false]);
    departures.forget('a' as ReceiverId);
    vi.advanceTimersByTime(60_000);
    expect(told).toEqual(['b stay']);
    expect(IDS.map(departures.isSpreading)).toEqual([false, false, false]);
    departures.close();
  });

  it('is not told that it may stay once the node is to be emptied', () => {
    const { told, departures } = setUp();
    departures.spread(IDS.slice(0, 1), ['http://roomy']);
    departures.sendAway(IDS.slice(0, 1));
    vi.advanceTimersByTime(60_000);
    expect(told).toEqual(['a http://roomy', 'a http://other']);
    departures.close();
  });
});
