import { describe, expect, it } from 'vitest';
import { PlayoutEngine } from '@loa/shared/playout/playout-engine';
import type { ReceiverReport } from '@loa/shared/protocol/receivers';
import { playTrace, TRACE_SETTINGS, traceDecoder, tracePackets } from '../../../shared/test/support/playout-trace.ts';
import { Reporter } from './reporter.ts';
import { ServerClock } from './server-clock.ts';

/** What a receiver reports after three seconds of a broadcast. */
function reportOf({ followsOrders }: { followsOrders: boolean }): ReceiverReport | undefined {
  const engine = new PlayoutEngine<string>(traceDecoder, TRACE_SETTINGS);
  playTrace(tracePackets({ rank: 76, tag: 1, value: 100, fromMs: 0, untilMs: 3_000 }), 3_000, { engine });
  const reports: ReceiverReport[] = [];
  const reporter = new Reporter({
    engine,
    clock: new ServerClock(),
    path: () => 'up',
    secondPath: () => false,
    sounding: () => engine.sounding(),
    settings: () => TRACE_SETTINGS,
    sinkName: () => 'test',
    calibrationMs: 0,
    followsOrders,
    problem: () => null,
    send: (report) => void reports.push(report),
  });
  reporter.report();
  return reports[0];
}

describe('report of a receiver', () => {
  it('PO32: says what its path needs, unless it has a delay of its own and no order would help it', () => {
    expect(reportOf({ followsOrders: true })?.neededDelayMs).toBeCloseTo(10, 0);
    expect(reportOf({ followsOrders: false })?.neededDelayMs).toBeNull();
  });
});
