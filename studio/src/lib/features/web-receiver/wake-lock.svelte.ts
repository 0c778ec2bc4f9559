/** Keeps the screen on while it is wanted; browsers take it away when the page is hidden, and it is asked for again. */
export class WakeLock {
  held = $state(false);
  #wanted = false;
  #lock: WakeLockSentinel | null = null;

  async want(wanted: boolean): Promise<void> {
    this.#wanted = wanted;
    if (!wanted) {
      await this.#lock?.release();
      return;
    }
    await this.refresh();
  }

  /** To be called when the page becomes visible again. */
  async refresh(): Promise<void> {
    if (!this.#wanted || this.#lock || document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return;
    try {
      const lock = await navigator.wakeLock.request('screen');
      this.#lock = lock;
      this.held = true;
      lock.addEventListener('release', () => {
        this.#lock = null;
        this.held = false;
      });
    } catch {
      // Low battery or a policy: the page says that the computer may fall asleep.
      this.held = false;
    }
  }
}
