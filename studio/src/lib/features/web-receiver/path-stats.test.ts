import { expect, test } from 'vitest';
import { bufferMsBetween, NOTHING_WAITED, sumStats } from './path-stats.ts';

test('streams are summed; silence made up on idle buses is no loss; other entries do not count', () => {
  const streams = [
    {
      type: 'inbound-rtp',
      packetsReceived: 10,
      packetsLost: 2,
      concealedSamples: 960,
      silentConcealedSamples: 480,
      jitter: 0.004,
    },
    {
      type: 'inbound-rtp',
      packetsReceived: 5,
      packetsLost: -1,
      jitter: 0.001,
      jitterBufferDelay: 4,
      jitterBufferEmittedCount: 80,
    },
    { type: 'transport', packetsReceived: 99 },
  ];
  const sum = { packets: 15, lostPackets: 2, concealedMs: 10, jitterMs: 4, waitedS: 4, emitted: 80 };
  expect(sumStats(streams)).toEqual(sum);
});

test('PO74: how long sound waits is that of the last time only, and nothing is known of it when none came', () => {
  const before = { waitedS: 200, emitted: 1_000 };
  expect(bufferMsBetween(NOTHING_WAITED, before)).toBe(200);
  expect(bufferMsBetween(before, { waitedS: 260, emitted: 2_000 })).toBe(60);
  expect(bufferMsBetween(before, before)).toBeNull();
  // A new connection counts anew.
  expect(bufferMsBetween(before, { waitedS: 1, emitted: 10 })).toBeNull();
});
