import { reconnectDelayMs } from './reconnect-policy.ts';

/** Receivers of a door that died spread their first attempt at another one over this time, in ms. */
export const MOVE_SPREAD_MS = 300;

/** How long to wait after so many failures in a row, in ms; `chance` from 0 to 1. */
export type RetryDelay = (failures: number, chance: number) => number;

/**
 * ND4: which door a receiver, or a page, tries. Those that it was told of last, and the one of its own settings, which is never forgotten. After a
 * failure the next one is tried almost at once, in an order of chance; when all of them have failed, waiting times grow (PO22).
 */
export class DoorList {
  readonly #configured: string;
  readonly #retryDelayMs: RetryDelay;
  #known: readonly string[];
  #current: string;
  readonly #tried = new Set<string>();
  #rounds = 0;

  constructor(configured: string, remembered: readonly string[] = [], retryDelayMs: RetryDelay = reconnectDelayMs) {
    this.#configured = configured;
    this.#current = configured;
    this.#known = remembered;
    this.#retryDelayMs = retryDelayMs;
  }

  /** The door to be tried, or in use. */
  get current(): string {
    return this.#current;
  }

  /** Not all of them have failed yet. */
  get isFirstRound(): boolean {
    return this.#rounds === 0;
  }

  get others(): string[] {
    return this.#all().filter((door) => door !== this.#current);
  }

  /** What is to be known at the next start, beside the door of the settings. */
  get remembered(): string[] {
    return this.#all().filter((door) => door !== this.#configured);
  }

  /** The door in use says which others there are. */
  learn(doors: readonly string[]): void {
    this.#known = [...doors];
  }

  /**
   * The current door did not answer, or refused. Chooses the next one; answers how long to wait before it is tried, in ms.
   * @param preferred ND23: a door whose node is known to work, which is tried before the others.
   */
  failed(chance: number, preferred: string | null = null): number {
    this.#tried.add(this.#current);
    const untried = this.others.filter((door) => !this.#tried.has(door));
    const next = untried.find((door) => door === preferred) ?? untried[Math.floor(chance * untried.length)];
    if (next !== undefined) {
      this.#current = next;
      return chance * MOVE_SPREAD_MS;
    }
    this.#tried.clear();
    this.#rounds += 1;
    this.#current = this.others[0] ?? this.#current;
    return this.#retryDelayMs(this.#rounds, chance);
  }

  /** A receiver is registered at `door`. */
  succeeded(door: string): void {
    this.#current = door;
    this.#tried.clear();
    this.#rounds = 0;
  }

  #all(): string[] {
    return [...new Set([this.#configured, this.#current, ...this.#known])];
  }
}
