import type { Instant, Millis } from '../time.ts';
import type { LiveBroadcast, Playhead } from './state.ts';

/** BR14: how far a stored programme has played at `now`, in ms; a clock that stepped back never moves it back. */
export function positionAt(playhead: Playhead, now: Instant): Millis {
  return playhead.runningSince === null
    ? playhead.positionMs
    : playhead.positionMs + Math.max(0, now - playhead.runningSince);
}

/** BR14: the position to write into an event, or null for live sources. It may lie beyond the end until that is reported. */
export function segmentPositionAt(broadcast: LiveBroadcast, now: Instant): Millis | null {
  return broadcast.playhead && positionAt(broadcast.playhead, now);
}
