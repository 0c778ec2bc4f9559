import { delayHeardAt } from '@loa/shared/playout/delay-order';
import type { ClockEstimate } from '@loa/shared/timing/clock-offset';
import type { Assignment, ReceiverProblemCode, ReceiverReport, Sounding } from '@loa/shared/protocol/receivers';
import { AUDIBLE_MS } from '../receivers/step.ts';
import type { PageStats } from './page-playout.ts';
import { behindBecause, type BehindCause } from './page-step.ts';

export interface PageFacts {
  /** Server time in ms. */
  readonly nowMs: number;
  readonly path: ReceiverReport['path'];
  /** Whether the browser lets the page sound. */
  readonly running: boolean;
  /** The browser lets it sound, and it stands still all the same. */
  readonly stalled: boolean;
  readonly sounding: readonly Sounding[];
  readonly levelDbfs: number | null;
  readonly assignment: Assignment | null;
  readonly stats: PageStats;
  readonly clock: ClockEstimate | null;
}

export function pageReport(facts: PageFacts): ReceiverReport {
  const { assignment, clock, stats } = facts;
  // While the browser holds the sound back, or it stands still, nothing comes out, whatever arrives.
  const wrong = problemOf(facts);
  const plays = facts.running && !facts.stalled;
  return {
    at: Math.round(facts.nowMs),
    path: facts.path,
    secondPath: false,
    sounding: plays ? [...facts.sounding] : [],
    levelDbfs: plays ? facts.levelDbfs : null,
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
    behindMs: behindMs(facts),
    problem: wrong?.text ?? null,
    problemCode: wrong?.code ?? null,
  };
}

/**
 * By how much a page plays after those that play as ordered, in ms; 0 while it is not known, and where nobody hears it: browsers say no more exactly when they play. PO31, PO74: what counts is what was ordered for the moment
 * at which the page played so.
 */
export function behindMs({ nowMs, stats, assignment }: Pick<PageFacts, 'nowMs' | 'stats' | 'assignment'>): number {
  if (stats.delayMs === null || assignment === null) return 0;
  const byMs = Math.round(stats.delayMs - delayHeardAt(assignment, stats.delayAtMs ?? nowMs));
  return byMs < AUDIBLE_MS ? 0 : byMs;
}

function problemOf(facts: PageFacts): { readonly code: ReceiverProblemCode; readonly text: string } | null {
  if (!facts.running) return { code: 'sound-blocked', text: 'the browser blocks sound until the page is pressed' };
  if (facts.stalled) {
    const text = 'the page brings no sound to the loudspeaker: check the sound card, load the page anew';
    return { code: 'sound-stalled', text };
  }
  const behind = behindMs(facts);
  if (behind === 0) return null;
  const cause = behindBecause(facts.stats, behind);
  const text = `${CAUSES[cause]}: playing ${behind} ms behind the others`;
  return { code: cause === 'packets' || cause === 'both' ? 'late-packets' : 'slow-output', text };
}

const CAUSES: Record<BehindCause, string> = {
  packets: 'packets come too late',
  output: 'the sound output is slow',
  both: 'the sound output is slow and packets come too late',
  unknown: 'the browser holds sound back',
};
