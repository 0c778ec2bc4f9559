import type { PlayoutSettings } from '@loa/shared/playout/playout-engine';
import { PacketPlayout } from './packet-playout.ts';
import type { PagePlayout, PlayoutHandlers } from './page-playout.ts';
import { TrackPlayout } from './track-playout.ts';

/** The best way of playing that this browser has. */
export async function openPlayout(
  context: AudioContext,
  settings: PlayoutSettings,
  handlers: PlayoutHandlers,
): Promise<PagePlayout> {
  if (PacketPlayout.isPossible()) {
    try {
      return await PacketPlayout.open(context, settings, handlers);
    } catch {
      // A site must not stay silent because one file did not load; the page shows which way is used.
    }
  }
  return new TrackPlayout(context, settings, handlers);
}
