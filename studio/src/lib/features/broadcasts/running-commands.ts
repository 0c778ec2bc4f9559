import type { LiveStore } from '#lib/live/live-store.svelte.ts';
import type { Problem } from '@loa/shared/protocol/errors';
import type { BroadcastView } from '@loa/shared/protocol/live';
import type { Result } from '@loa/shared/result';
import { z } from 'zod';
import type { OwnBroadcast } from './own-broadcast.svelte.ts';
import type { CommandName } from './presenter-problem.ts';

const LONGEST_LIFE_MS = 24 * 3_600_000;

/** What a presenter can ask of the own broadcast while it runs, beside its end. */
export class RunningCommands {
  readonly #live: LiveStore;
  readonly #own: OwnBroadcast;
  readonly #onAnswer: (of: CommandName, failure: Problem | null, before: BroadcastView | null) => void;
  /** Until when it was asked to live, in server time: the picture tells it a moment after the press. */
  #until: { readonly broadcastId: string | null; readonly atMs: number } | null = null;

  constructor(
    live: LiveStore,
    own: OwnBroadcast,
    onAnswer: (of: CommandName, failure: Problem | null, before: BroadcastView | null) => void,
  ) {
    this.#live = live;
    this.#own = own;
    this.#onAnswer = onAnswer;
  }

  pause(): Promise<void> {
    return this.#send('pause', (ref) => this.#live.request('broadcast:pause', ref, z.null()));
  }

  unpause(): Promise<void> {
    return this.#send('unpause', (ref) => this.#live.request('broadcast:unpause', ref, z.null()));
  }

  /** Adds to the life that is left, also to what was added just now; the protocol counts from now. */
  async extend(moreMs: number): Promise<void> {
    const { broadcastId, remainingMs } = this.#own;
    const nowMs = this.#live.serverNow();
    const askedMs = this.#until?.broadcastId === broadcastId ? this.#until.atMs - nowMs : 0;
    const lifeMs = Math.min(LONGEST_LIFE_MS, Math.round(Math.max(remainingMs ?? 0, askedMs) + moreMs));
    this.#until = { broadcastId, atMs: nowMs + lifeMs };
    await this.#send('extend', async (ref) => {
      const answer = await this.#live.request('broadcast:extend', { ...ref, lifeMs }, z.null());
      if (!answer.ok) this.#until = null;
      return answer;
    });
  }

  async #send(of: CommandName, ask: (ref: { broadcastId: string }) => Promise<Result<null, Problem>>): Promise<void> {
    const { broadcastId, view: before } = this.#own;
    if (broadcastId === null) return;
    const answer = await ask({ broadcastId });
    this.#onAnswer(of, answer.ok ? null : answer.error, before);
  }
}
