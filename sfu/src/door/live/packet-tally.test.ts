import { expect, it } from 'vitest';
import { addReport, NO_PACKETS } from './packet-tally.ts';

const report = (packets: number, lostPackets: number) => ({ packets, lostPackets });

it('what was before the first report to this door is not counted', () => {
  expect(addReport(NO_PACKETS, null, report(9_000, 50))).toEqual(NO_PACKETS);
});

it('what came since the report before is added', () => {
  const first = addReport(NO_PACKETS, report(100, 1), report(200, 3));
  expect(first).toEqual({ received: 100, lost: 2 });
  expect(addReport(first, report(50, 0), report(60, 0))).toEqual({ received: 110, lost: 2 });
});

it('a receiver that began anew counts from nothing', () => {
  expect(addReport({ received: 10, lost: 1 }, report(5_000, 40), report(30, 2))).toEqual({ received: 40, lost: 3 });
});

it('the sum never falls, whatever a receiver says', () => {
  expect(addReport({ received: 10, lost: 5 }, report(100, 9), report(100, 2))).toEqual({ received: 10, lost: 5 });
});
