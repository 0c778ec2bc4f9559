import type { LiveStore } from '#lib/live/live-store.svelte.ts';
import { broadcastViewSchema } from '@loa/shared/protocol/live';
import { createContext, untrack } from 'svelte';
import { isInterruptedEverywhere } from '../broadcasts/air-state.ts';
import { missingFrom, updateInterrupted, type InterruptedItem } from './interrupted-list.ts';

const ASK_AGAIN_MS = 1_000;

/** What the emergency of this tab interrupted, from its start until it is put away. */
export class EmergencyToll {
  items = $state.raw<readonly InterruptedItem[]>([]);
  #of: string | null = null;
  /** What the server was asked about: when it may be asked again, which is never once it has answered. */
  readonly #askAgainAt = new Map<string, number>();

  /** Called again whenever something that it reads has changed, and once a second. */
  follow(emergencyId: string | null, live: LiveStore): void {
    const { broadcasts, zones } = live;
    const linked = live.link === 'connected';
    const old = untrack(() => (this.#of === emergencyId ? this.items : []));
    if (this.#of !== emergencyId) this.#askAgainAt.clear();
    this.#of = emergencyId;
    const isEverywhere = (view: Parameters<typeof isInterruptedEverywhere>[0]) => isInterruptedEverywhere(view, zones);
    const items = emergencyId === null ? [] : updateInterrupted(old, emergencyId, { broadcasts, linked, isEverywhere });
    this.items = items;
    if (linked) for (const id of missingFrom(items, broadcasts)) void this.#ask(id, live);
  }

  /** A snapshot has only what is live; why something ended while the link was down has to be asked for. */
  async #ask(broadcastId: string, live: LiveStore): Promise<void> {
    if (Date.now() < (this.#askAgainAt.get(broadcastId) ?? 0)) return;
    this.#askAgainAt.set(broadcastId, Infinity);
    const answer = await live.door.get(`/broadcasts/${encodeURIComponent(broadcastId)}`, broadcastViewSchema);
    if (answer.ok) live.adopt(answer.value);
    else if (answer.error.code !== 'not-found') this.#askAgainAt.set(broadcastId, Date.now() + ASK_AGAIN_MS);
  }
}

export const [getToll, setToll] = createContext<EmergencyToll>();
