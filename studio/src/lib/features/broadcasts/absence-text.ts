import { m } from '#lib/generated/messages/messages.js';
import type { LinkState } from '#lib/live/live-store.svelte.ts';

/** In place of an empty list while the server has not said that it is empty. */
export function absenceText(link: LinkState): string {
  return link === 'lost' ? m.live_unknown() : m.live_loading();
}
