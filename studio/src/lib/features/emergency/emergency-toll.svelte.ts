import type { LiveStore } from '#lib/live/live-store.svelte.ts';
import { createContext, untrack } from 'svelte';
import { isInterruptedEverywhere } from '../broadcasts/air-state.ts';
import { updateInterrupted, type InterruptedItem } from './interrupted-list.ts';

/** What the emergency of this tab interrupted, from its start until it is put away. */
export class EmergencyToll {
  items = $state.raw<readonly InterruptedItem[]>([]);
  #of: string | null = null;

  follow(emergencyId: string | null, live: LiveStore): void {
    const { broadcasts, zones } = live;
    const old = untrack(() => (this.#of === emergencyId ? this.items : []));
    this.#of = emergencyId;
    this.items =
      emergencyId === null
        ? []
        : updateInterrupted(old, emergencyId, broadcasts, (view) => isInterruptedEverywhere(view, zones));
  }
}

export const [getToll, setToll] = createContext<EmergencyToll>();
