import type { Problem } from '@loa/shared/protocol/errors';
import { broadcastViewSchema, type BroadcastView } from '@loa/shared/protocol/live';
import type { WhipLink } from '#lib/audio/whip-link.svelte.ts';
import type { LiveStore } from '#lib/live/live-store.svelte.ts';

/** The server lists a source within its reporting interval; absent for longer, it does not know it any more. */
const SOURCE_FORGOTTEN_MS = 4_000;
const ATTACH_RETRY_MS = 1_000;
/** Within this an ICE restart has helped or does not. */
const MEND_RETRY_MS = 2_000;

/** Keeps a running live broadcast on the source of this tab's connection, whatever happens to either. */
export class SourceFollower {
  readonly #live: LiveStore;
  readonly #link: WhipLink;
  readonly #onProblem: (problem: Problem | null) => void;
  #failed = false;
  #attachedSource = '';
  #attaching = false;
  #attachAgainAt = 0;
  #unknownSince: number | null = null;
  #mendAgainAt = 0;

  /** `onProblem` is told of a failure, and with null that it is mended. */
  constructor(live: LiveStore, link: WhipLink, onProblem: (problem: Problem | null) => void) {
    this.#live = live;
    this.#link = link;
    this.#onProblem = onProblem;
  }

  /** Called again whenever the broadcast or the connection has changed, and once a second. */
  follow(view: BroadcastView): void {
    const { sourceId } = this.#link;
    if (view.source.kind !== 'live' || !this.#link.connected || sourceId === null) return;
    if (view.source.sourceId !== sourceId) void this.#attach(view, sourceId);
    else {
      this.#link.settle();
      this.#tell(null);
      this.#mendLost(view);
    }
  }

  /** The server has closed the source of this tab, whose browser notices it seconds later only: it is made anew at once. */
  renewRemoved(): void {
    const { sourceId, connected } = this.#link;
    if (connected && sourceId !== null && this.#live.picture.removedSources.has(sourceId)) this.#link.renew();
  }

  /** Called once a second: a source that the server has forgotten is made anew. */
  renewForgotten(): void {
    const { sourceId } = this.#link;
    const known = sourceId !== null && this.#live.picture.sources.has(sourceId);
    if (known || !this.#link.connected || this.#live.link !== 'connected') {
      this.#unknownSince = null;
      return;
    }
    this.#unknownSince ??= Date.now();
    if (Date.now() - this.#unknownSince <= SOURCE_FORGOTTEN_MS) return;
    this.#unknownSince = null;
    this.#link.renew();
  }

  async #attach(view: BroadcastView, sourceId: string): Promise<void> {
    // Attached once and moved since: a copy of this tab has it now, and is not fought for it, until it has lost its source too.
    const moved = this.#attachedSource === sourceId && view.sourceKeepUntil === null;
    if (moved || this.#attaching || Date.now() < this.#attachAgainAt) return;
    this.#attaching = true;
    const { broadcastId } = view;
    const answer = await this.#live.request('broadcast:attach', { broadcastId, sourceId }, broadcastViewSchema);
    this.#attaching = false;
    if (answer.ok) {
      this.#attachedSource = sourceId;
      this.#live.adopt(answer.value);
    } else {
      this.#attachAgainAt = Date.now() + ATTACH_RETRY_MS;
    }
    this.#tell(answer.ok ? null : answer.error);
  }

  /** BR60: the server hears nothing of the source of this tab, whose browser notices it seconds later only. */
  #mendLost({ sourceKeepUntil }: BroadcastView): void {
    if (sourceKeepUntil === null || Date.now() < this.#mendAgainAt) return;
    this.#mendAgainAt = Date.now() + MEND_RETRY_MS;
    this.#link.mend();
  }

  #tell(problem: Problem | null): void {
    if (problem === null && !this.#failed) return;
    this.#failed = problem !== null;
    this.#onProblem(problem);
  }
}
