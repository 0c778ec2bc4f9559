import { readKept, writeKept, type KeptSlot } from './kept-slot.ts';

/** What a tab would find again after a reload: the broadcast of one slot, kept in the tab's storage. */
export class SlotMemory {
  kept = $state.raw<KeptSlot | null>(null);
  readonly #slot: string;

  constructor(slot: string) {
    this.#slot = slot;
  }

  restore(): KeptSlot | null {
    return (this.kept = readKept(sessionStorage, this.#slot));
  }

  keep(kept: KeptSlot | null): void {
    this.kept = kept;
    writeKept(sessionStorage, this.#slot, kept);
  }

  /** Changes what is kept; nothing when there is nothing. */
  note(change: Partial<Pick<KeptSlot, 'held' | 'cut' | 'chime'>>): void {
    if (this.kept) this.keep({ ...this.kept, ...change });
  }
}
