import type { LiveStore } from '#lib/live/live-store.svelte.ts';
import type { Problem } from '@loa/shared/protocol/errors';
import { broadcastViewSchema, type BroadcastView } from '@loa/shared/protocol/live';
import type { Result } from '@loa/shared/result';

/** The server shows what is live; another one ended while this page was away, or never began, and has to be asked for. */
export class PastBroadcasts {
  readonly #live: LiveStore;
  #asking = false;
  /** Ended, as this page has seen: however long ago, nobody has to be asked what became of it. */
  #over: string | null = null;

  constructor(live: LiveStore) {
    this.#live = live;
  }

  sawEnd(broadcastId: string): void {
    this.#over = broadcastId;
  }

  /** What became of it; null when that is known or cannot be asked now. */
  async ask(broadcastId: string | null): Promise<Result<BroadcastView, Problem> | null> {
    if (broadcastId === null || broadcastId === this.#over) return null;
    if (this.#live.link !== 'connected' || this.#asking) return null;
    this.#asking = true;
    const answer = await this.#live.door.get(`/broadcasts/${encodeURIComponent(broadcastId)}`, broadcastViewSchema);
    this.#asking = false;
    return answer;
  }
}
