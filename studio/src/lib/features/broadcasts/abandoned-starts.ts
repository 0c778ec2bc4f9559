import type { LiveStore } from '#lib/live/live-store.svelte.ts';
import { z } from 'zod';

/**
 * Starts of which this page has said that they did not go on air. A command can lie in a server that stands still and be
 * carried out afterwards; then it is stopped on sight, so that what the page said stays true.
 */
export class AbandonedStarts {
  readonly #ids = new Set<string>();
  readonly #stopping = new Set<string>();

  add(broadcastId: string): void {
    this.#ids.add(broadcastId);
  }

  /** Called again whenever what is live has changed, and once a second. */
  follow(live: LiveStore): void {
    if (live.link !== 'connected') return;
    for (const id of this.#ids) {
      const view = live.broadcast(id);
      if (view !== null && view.phase !== 'ended' && !this.#stopping.has(id)) void this.#stop(live, id);
    }
  }

  async #stop(live: LiveStore, broadcastId: string): Promise<void> {
    this.#stopping.add(broadcastId);
    await live.request('broadcast:stop', { broadcastId }, z.null());
    this.#stopping.delete(broadcastId);
  }
}
