import type { LiveStore } from '#lib/live/live-store.svelte.ts';
import type { Problem } from '@loa/shared/protocol/errors';
import { previewSchema, type PreviewView, type StartRequest } from '@loa/shared/protocol/live';

/** A preview is asked for when the wish, or what is live, stood still for this long. */
const SETTLE_MS = 120;

/** What would happen now, asked again whenever the wish or the live state changes. */
export class LivePreview {
  current = $state.raw<PreviewView | null>(null);
  problem = $state.raw<Problem | null>(null);
  readonly #live: LiveStore;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  constructor(live: LiveStore) {
    this.#live = live;
  }

  ask(request: StartRequest | null): void {
    clearTimeout(this.#timer);
    if (request === null) {
      this.#asked += 1;
      this.current = null;
      this.problem = null;
      return;
    }
    this.#timer = setTimeout(() => void this.#send(request), SETTLE_MS);
  }

  async #send(request: StartRequest): Promise<void> {
    this.#asked += 1;
    const mine = this.#asked;
    const answer = await this.#live.request('broadcast:preview', request, previewSchema);
    // An answer that a later question has overtaken is not shown.
    if (mine !== this.#asked) return;
    // What was true before is not shown for what is asked now.
    this.current = answer.ok ? answer.value : null;
    this.problem = answer.ok ? null : answer.error;
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
