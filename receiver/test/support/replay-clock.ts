import { readTrace, type TraceEvent } from '@loa/shared/playout/trace-text';
import type { Recording } from '../../../shared/test/support/replay-trace.ts';
import { ServerClock } from '../../src/session/server-clock.ts';

/** What a clock knows after it was told something. */
export interface ReplayedMoment {
  readonly kind: 'answer' | 'pilot';
  /** Own time, and server time as it is known then, in ms after the start. */
  readonly atMs: number;
  readonly serverMs: number;
  /** By its own word; null: nothing is known yet. */
  readonly errorMs: number | null;
  readonly steppedMs: number;
  readonly disagreed: boolean;
  /** What an answer leaves open for server minus own time: from when it was sent and from when it came, in ms. */
  readonly bounds: readonly [number, number] | null;
}

/** Tells a clock of today what a receiver's clock was told. */
export function replayClock({ lines, startMs }: Recording): ReplayedMoment[] {
  let nowMs = startMs;
  const clock = new ServerClock(() => nowMs);
  const tell = (event: TraceEvent): ReplayedMoment[] => {
    if (event.kind === 'door') clock.follow(event.url);
    if (event.kind === 'guess') {
      nowMs = event.atMs;
      clock.guess(event.serverTimeMs);
    }
    if (event.kind !== 'answer' && event.kind !== 'pilot') return [];
    nowMs = event.kind === 'answer' ? event.sample.receivedAtMs : event.atMs;
    const steppedMs = event.kind === 'answer' ? clock.note(event.sample) : 0;
    if (event.kind === 'pilot') clock.notePilot(event.pilot, event.atMs);
    const { sentAtMs, serverTimeMs, receivedAtMs } =
      event.kind === 'answer' ? event.sample : { sentAtMs: 0, serverTimeMs: 0, receivedAtMs: 0 };
    return [
      {
        kind: event.kind,
        atMs: nowMs - startMs,
        serverMs: clock.now() - startMs,
        errorMs: clock.estimate?.errorMs ?? null,
        steppedMs,
        disagreed: clock.disagreed,
        bounds: event.kind === 'answer' ? [serverTimeMs - receivedAtMs, serverTimeMs - sentAtMs] : null,
      },
    ];
  };
  return readTrace(lines, startMs).flatMap(tell);
}
