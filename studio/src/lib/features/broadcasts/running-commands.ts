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

  /** Adds to the life that is left; the protocol counts from now. */
  extend(moreMs: number): Promise<void> {
    const lifeMs = Math.min(LONGEST_LIFE_MS, Math.round((this.#own.remainingMs ?? 0) + moreMs));
    return this.#send('extend', (ref) => this.#live.request('broadcast:extend', { ...ref, lifeMs }, z.null()));
  }

  async #send(of: CommandName, ask: (ref: { broadcastId: string }) => Promise<Result<null, Problem>>): Promise<void> {
    const { broadcastId, view: before } = this.#own;
    if (broadcastId === null) return;
    const answer = await ask({ broadcastId });
    this.#onAnswer(of, answer.ok ? null : answer.error, before);
  }
}
