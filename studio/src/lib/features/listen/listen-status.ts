import { m } from '#lib/generated/messages/messages.js';
import type { WardAir } from './ward-air.ts';
import type { PlayerState } from './zone-player.svelte.ts';

/** How far the page knows what is on air: not asked yet, answered a moment ago, or the server does not answer. */
export type Reach = 'asking' | 'known' | 'unreachable';

/** What the page of a ward says below its button; `air` counts only while it is known. */
export function listenStatus(player: PlayerState, reach: Reach, air: WardAir | null): string {
  switch (player) {
    case 'off':
    case 'closed':
      return programme(reach, air) ?? m.listen_nothing();
    case 'connecting':
      return m.listen_connecting();
    case 'lost':
      return m.listen_lost();
    case 'refused':
      return m.listen_refused();
    case 'blocked':
      return m.listen_blocked();
    case 'connected':
      // Sound and answers come on different ways: what is heard may go on while nobody can say what it is.
      return reach === 'unreachable' ? m.listen_connected_unknown() : (programme(reach, air) ?? m.listen_connected());
  }
}

/** Null when it is known that there is none. */
function programme(reach: Reach, air: WardAir | null): string | null {
  if (reach === 'asking') return m.live_loading();
  if (reach === 'unreachable') return m.listen_unknown_now();
  if (air === null) return null;
  const { title } = air.broadcast;
  return air.scope === 'whole' ? m.listen_playing({ title }) : m.listen_part({ title });
}
