import type { EndReason } from '@loa/shared/broadcasts/events';
import type { LiveBroadcast } from '@loa/shared/broadcasts/state';
import type { BroadcastView } from '@loa/shared/protocol/live';
import type { Instant } from '@loa/shared/time';

/** A live broadcast as the studio and machines see it; `local`: this node has decided on its own that it is. */
export function toBroadcastView(broadcast: LiveBroadcast, local = false): BroadcastView {
  const { spec, playhead } = broadcast;
  return {
    broadcastId: broadcast.id,
    tag: broadcast.tag,
    rank: broadcast.rank,
    title: spec.title,
    source: spec.source,
    zones: [...spec.zones],
    level: spec.level,
    authority: spec.authority,
    mode: spec.mode,
    by: spec.by,
    phase: broadcast.phase,
    startedAt: broadcast.startedAt,
    expiresAt: broadcast.expiresAt,
    endedAt: null,
    endReason: null,
    paused: broadcast.paused,
    playhead: playhead && {
      positionMs: playhead.positionMs,
      at: playhead.runningSince ?? broadcast.startedAt,
      running: playhead.runningSince !== null,
    },
    sourceKeepUntil: broadcast.sourceKeepUntil,
    interrupted: broadcast.interrupted.map((entry) => ({ ...entry })),
    local,
  };
}

export function toEndedView(
  broadcast: LiveBroadcast,
  endedAt: Instant,
  endReason: EndReason,
  local = false,
): BroadcastView {
  return {
    ...toBroadcastView(broadcast, local),
    phase: 'ended',
    endedAt,
    endReason,
    playhead: null,
    sourceKeepUntil: null,
    interrupted: [],
  };
}
