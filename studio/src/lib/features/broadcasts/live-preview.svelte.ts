import type { LiveStore } from '#lib/live/live-store.svelte.ts';
import type { Problem } from '@loa/shared/protocol/errors';
import { previewSchema, type PreviewView, type StartRequest } from '@loa/shared/protocol/live';

/** A preview is asked for when the wish, or what is live, stood still for this long. */
const SETTLE_MS = 120;

/** What is shown is the answer to another question than the one that has waited for this long. */
const STALE_MS = 500;
/** A question that failed is asked again after this, as long as it is wanted. */
const RETRY_MS = 2_000;

/** What would happen now, asked again whenever the wish or the live state changes. */
export class LivePreview {
  current = $state.raw<PreviewView | null>(null);
  problem = $state.raw<Problem | null>(null);
  readonly #live: LiveStore;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stale: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;
  /** What is wanted, and what the shown answer is to. */
  #question: string | null = null;
  #answered: string | null = null;

  constructor(live: LiveStore) {
    this.#live = live;
  }

  ask(request: StartRequest | null): void {
    clearTimeout(this.#timer);
    if (request === null) {
      clearTimeout(this.#stale);
      this.#asked += 1;
      this.#question = this.#answered = null;
      this.#show(null, null);
      return;
    }
    this.#want(questionOf(request));
    this.#timer = setTimeout(() => void this.#send(request), SETTLE_MS);
  }

  close(): void {
    this.ask(null);
  }

  #want(question: string): void {
    if (question === this.#question) return;
    this.#question = question;
    clearTimeout(this.#stale);
    if (question === this.#answered) return;
    this.#stale = setTimeout(() => this.#show(null, null), STALE_MS);
  }

  async #send(request: StartRequest): Promise<void> {
    this.#asked += 1;
    const mine = this.#asked;
    const answer = await this.#live.request('broadcast:preview', request, previewSchema);
    // An answer that a later question has overtaken is not shown.
    if (mine !== this.#asked || questionOf(request) !== this.#question) return;
    clearTimeout(this.#stale);
    this.#answered = this.#question;
    // What was true before is not shown for what is asked now.
    if (answer.ok) return this.#show(answer.value, null);
    this.#show(null, answer.error);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#send(request), RETRY_MS);
  }

  #show(view: PreviewView | null, problem: Problem | null): void {
    this.current = view;
    this.problem = problem;
  }
}

/** What an answer depends on: neither the title nor the keys of the request. */
function questionOf({ zones, level, authority, mode, source }: StartRequest): string {
  return JSON.stringify([zones, level, authority, mode, source]);
}
