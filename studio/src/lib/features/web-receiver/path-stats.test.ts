import { expect, test } from 'vitest';
import { sumStats } from './path-stats.ts';

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
  expect(sumStats(streams)).toEqual({ packets: 15, lostPackets: 2, concealedMs: 10, jitterMs: 4, bufferMs: 50 });
  expect(sumStats([]).bufferMs).toBeNull();
});
