import { m } from '#lib/generated/messages/messages.js';
import { number } from '#lib/ui/format.ts';
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

/** PO91: how late the page is beside the loudspeakers outside, as far as it knows; null while it plays nothing. */
export function listenLagText(
  player: PlayerState,
  lagMs: number | null,
  locale: Parameters<typeof number>[2],
): string | null {
  if (player !== 'connected') return null;
  return lagMs === null ? m.listen_out_of_step() : m.listen_lag({ seconds: number(lagMs / 1_000, 1, locale) });
}

/** Null when it is known that there is none. */
function programme(reach: Reach, air: WardAir | null): string | null {
  if (reach === 'asking') return m.live_loading();
  if (reach === 'unreachable') return m.listen_unknown_now();
  if (air === null) return null;
  const { title } = air.broadcast;
  return air.scope === 'whole' ? m.listen_playing({ title }) : m.listen_part({ title });
}
