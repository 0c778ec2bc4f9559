import type { ClockEstimate } from '@loa/shared/timing/clock-offset';
import type { Assignment, ReceiverReport, Sounding } from '@loa/shared/protocol/receivers';
import type { PageStats } from './page-playout.ts';

export interface PageFacts {
  /** Server time in ms. */
  readonly nowMs: number;
  readonly path: ReceiverReport['path'];
  /** Whether the browser lets the page sound. */
  readonly running: boolean;
  readonly sounding: readonly Sounding[];
  readonly levelDbfs: number | null;
  readonly assignment: Assignment | null;
  readonly stats: PageStats;
  readonly clock: ClockEstimate | null;
}

export function pageReport(facts: PageFacts): ReceiverReport {
  const { assignment, clock, running, stats } = facts;
  return {
    at: Math.round(facts.nowMs),
    path: facts.path,
    // While the browser holds the sound back nothing comes out, whatever arrives.
    sounding: running ? [...facts.sounding] : [],
    levelDbfs: running ? facts.levelDbfs : null,
    volume: assignment?.volume ?? 0,
    muted: assignment?.muted ?? false,
    packets: stats.packets,
    lostPackets: stats.lostPackets,
    concealedMs: stats.concealedMs,
    lateMs: stats.lateMs,
    jitterMs: stats.jitterMs,
    clockOffsetMs: clock === null ? null : -clock.offsetMs,
    clockErrorMs: clock?.errorMs ?? null,
    sink: 'browser',
    problem: problemOf(facts),
  };
}

function problemOf({ running, stats, assignment }: PageFacts): string | null {
  if (!running) return 'the browser blocks sound until the page is pressed';
  const behindMs = Math.round((stats.delayMs ?? 0) - (assignment?.playoutDelayMs ?? 0));
  return stats.delayMs !== null && behindMs > 0
    ? `packets come too late: playing ${behindMs} ms behind the others`
    : null;
}
