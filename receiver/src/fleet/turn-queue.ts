/** Tasks done between two looks at the network. */
const TASKS_PER_TURN = 8;

/**
 * Does tasks a few at a time and lets packets in between: two hundred receivers that report at the same instant would
 * otherwise keep each other's packets waiting, which no two hundred devices do.
 */
export class TurnQueue {
  readonly #tasks = new Set<() => void>();
  #scheduled = false;

  /** Adds a task; one that waits already is done once. */
  add(task: () => void): void {
    this.#tasks.add(task);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#scheduled = false;
    let left = TASKS_PER_TURN;
    for (const task of this.#tasks) {
      if (left === 0) break;
      left -= 1;
      this.#tasks.delete(task);
      task();
    }
    const [next] = this.#tasks;
    if (next) this.add(next);
  }
}
