import type { Instant, Millis } from '../time.ts';
import type { LiveBroadcast, Playhead } from './state.ts';

/** BR14: how far a stored programme has played at `now`, in ms; a clock that stepped back never moves it back. */
export function positionAt(playhead: Playhead, now: Instant): Millis {
  return playhead.runningSince === null
    ? playhead.positionMs
    : playhead.positionMs + Math.max(0, now - playhead.runningSince);
}

/** The position to write into an event: never beyond the end of the segment; null for live sources. */
export function segmentPositionAt(broadcast: LiveBroadcast, now: Instant): Millis | null {
  const { playhead, spec } = broadcast;
  if (!playhead || spec.source.kind !== 'segment') return null;
  return Math.min(positionAt(playhead, now), spec.source.durationMs);
}
