import { describe, expect, it } from 'vitest';
import type { OrderedDelay } from '@loa/shared/playout/delay-order';
import { PlayoutEngine } from '@loa/shared/playout/playout-engine';
import type { ReceiverReport } from '@loa/shared/protocol/receivers';
import { playTrace, TRACE_SETTINGS, traceDecoder, tracePackets } from '../../../shared/test/support/playout-trace.ts';
import { type ReceiverProblem, Reporter } from './reporter.ts';
import { ServerClock } from './server-clock.ts';

interface Given {
  readonly ownDelayMs?: number | null;
  readonly ordered?: OrderedDelay | null;
  readonly problem?: ReceiverProblem | null;
  readonly isHeard?: boolean;
}

/** What a receiver reports after three seconds of a broadcast. */
function reportOf({
  ownDelayMs = null,
  ordered = null,
  problem = null,
  isHeard = true,
}: Given): ReceiverReport | undefined {
  const settings = { ...TRACE_SETTINGS, playoutDelayMs: ownDelayMs ?? TRACE_SETTINGS.playoutDelayMs };
  const engine = new PlayoutEngine<string>(traceDecoder, settings);
  playTrace(tracePackets({ rank: 76, tag: 1, value: 100, fromMs: 0, untilMs: 3_000 }), 3_000, { engine });
  const reports: ReceiverReport[] = [];
  const clock = new ServerClock();
  clock.guess(3_000);
  const reporter = new Reporter({
    engine,
    clock,
    path: () => 'up',
    secondPath: () => false,
    sounding: () => (isHeard ? engine.sounding() : []),
    settings: () => TRACE_SETTINGS,
    sinkName: () => 'test',
    calibrationMs: 0,
    ownDelayMs,
    ordered: () => ordered,
    problem: () => problem,
    send: (report) => void reports.push(report),
  });
  reporter.report();
  return reports[0];
}

describe('report of a receiver', () => {
  it('PO32: says what its path needs, unless it has a delay of its own and no order would help it', () => {
    expect(reportOf({})?.neededDelayMs).toBeCloseTo(10, 0);
    expect(reportOf({ ownDelayMs: 100 })?.neededDelayMs).toBeNull();
  });

  it('PO70: a delay of its own is measured against what holds in its zone, and it says that it is out of step', () => {
    const later = reportOf({ ownDelayMs: 300, ordered: { playoutDelayMs: 200 } });
    expect(later).toMatchObject({ ownDelayMs: 300, behindMs: 100, aheadMs: 0, problemCode: 'own-delay' });
    expect(later?.problem).toContain('100 ms behind');
    const earlier = reportOf({ ownDelayMs: 150, ordered: { playoutDelayMs: 200 } });
    expect(earlier).toMatchObject({ behindMs: 0, aheadMs: 50, problemCode: 'own-delay' });
    expect(earlier?.problem).toContain('50 ms ahead');
  });

  it('PO70: one that is the same as that of its zone is in step; so is who follows orders', () => {
    const same = reportOf({ ownDelayMs: 200, ordered: { playoutDelayMs: 200 } });
    expect(same).toMatchObject({ ownDelayMs: 200, behindMs: 0, aheadMs: 0, problem: null, problemCode: null });
    const follower = reportOf({ ordered: { playoutDelayMs: 4_000 } });
    expect(follower).toMatchObject({ ownDelayMs: null, behindMs: 0, aheadMs: 0, problem: null });
  });

  it('PO111: says how far it is from its place and how fast its card runs, while something is heard', () => {
    expect(reportOf({})).toMatchObject({ positionErrorMs: 0, driftPpm: 0 });
    expect(reportOf({ isHeard: false })).toMatchObject({ positionErrorMs: null, driftPpm: null });
  });

  it('PO31, PO70: while the delay of the zone moves, what counts is where it is now', () => {
    // 3 s of server time, and the move from 200 to 100 ms begins only an hour later.
    const delayMove = { previousMs: 200, fromMs: 3_600_000 };
    const report = reportOf({ ownDelayMs: 200, ordered: { playoutDelayMs: 100, delayMove } });
    expect(report).toMatchObject({ behindMs: 0, problem: null });
  });

  it('PO71: what is wrong with the device comes first, with its code', () => {
    const problem = { code: 'sound-card' as const, text: 'no such device' };
    const report = reportOf({ ownDelayMs: 300, ordered: { playoutDelayMs: 200 }, problem });
    expect(report).toMatchObject({ problem: 'no such device', problemCode: 'sound-card', behindMs: 100 });
    const long = reportOf({ problem: { code: 'records-not-kept', text: 'x'.repeat(400) } });
    expect(long?.problem).toHaveLength(300);
  });
});
