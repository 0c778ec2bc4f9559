const NAME = 'loa.web-receiver';

/**
 * Lets one tab of a browser receive: they share the receiver's id, the door keeps only the newest connection of one, and two
 * would take it from each other for ever. A tab that is closed gives it back by itself.
 */
export class TabLock {
  #giveBack: (() => void) | null = null;

  /** Answers false while another tab has it. A browser keeps such locks only for a secure origin; elsewhere it is not kept. */
  take(): Promise<boolean> {
    if (!('locks' in navigator)) return Promise.resolve(true);
    return new Promise((answer) => {
      const held = (lock: Lock | null): Promise<void> | undefined => {
        answer(lock !== null);
        return lock === null ? undefined : new Promise((giveBack) => (this.#giveBack = giveBack));
      };
      navigator.locks.request(NAME, { ifAvailable: true }, held).catch(() => answer(true));
    });
  }

  release(): void {
    this.#giveBack?.();
    this.#giveBack = null;
  }
}
