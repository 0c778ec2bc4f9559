import type { ReceiverView } from '@loa/shared/protocol/receivers';
import { expect, test } from 'vitest';
import { recentLossOf, withReports, type LossHistory } from './recent-loss.ts';

/** Loss after these reports of one receiver, each [seconds, packets, lost]. */
function lossAfter(...reports: readonly (readonly [number, number, number])[]): number {
  let history: LossHistory = new Map();
  for (const [seconds, packets, lostPackets] of reports) {
    const report = { at: seconds * 1_000, packets, lostPackets };
    history = withReports(history, [{ receiverId: 'r', report } as unknown as ReceiverView]);
  }
  return recentLossOf(history, 'r');
}

test('packets that were lost long ago are no trouble, those of the last minutes are', () => {
  expect(lossAfter([0, 100, 900])).toBe(0);
  expect(lossAfter([0, 100, 900], [2, 200, 900])).toBe(0);
  expect(lossAfter([0, 100, 0], [2, 175, 25])).toBe(0.25);
  expect(lossAfter([0, 100, 0], [10, 100, 100], [200, 1_100, 100], [210, 2_100, 100])).toBe(0);
});

test('reports close together take no room, and a new process begins anew', () => {
  const many = Array.from({ length: 30 }, (_, i) => [i * 2, 100 + i * 9, i] as const);
  expect(lossAfter(...many)).toBeCloseTo(0.1);
  expect(lossAfter([0, 500, 100], [2, 10, 0])).toBe(0);
});
