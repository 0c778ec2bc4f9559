import type { Actor } from '../broadcasts/commands.ts';

/** Refusals of one minute that are stored each by itself: a script that asks in a loop must not fill the disk. */
export const MAX_REFUSALS_PER_MINUTE = 120;
export const MINUTE_MS = 60_000;

/** What is counted together. Both words are of lists that the program has, so there are never many kinds. */
export interface RefusalKind {
  readonly code: string;
  readonly commandType: string;
}

/** Refusals of one kind that are stored as one row. */
export interface CountedRefusals extends RefusalKind {
  readonly count: number;
  /** Server time, ms. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** Who asked for all of them; null when several did. */
  readonly by: Actor | null;
}

/** Says of every refusal whether it is stored by itself, and counts the others (RF1). */
export class RefusalTally {
  readonly #counts = new Map<string, CountedRefusals>();
  #minute = Number.NaN;
  #alone = 0;

  /** True: it is to be stored by itself. `mayStore`: there is room for one that waits. */
  take({ code, commandType }: RefusalKind, by: Actor, at: number, mayStore: boolean): boolean {
    const minute = minuteOf(at);
    if (minute !== this.#minute) this.#alone = 0;
    this.#minute = minute;
    if (mayStore && this.#alone < MAX_REFUSALS_PER_MINUTE) {
      this.#alone += 1;
      return true;
    }
    const key = `${code} ${commandType}`;
    const known = this.#counts.get(key) ?? { code, commandType, count: 0, firstAt: at, lastAt: at, by };
    this.#counts.set(key, {
      ...known,
      count: known.count + 1,
      firstAt: Math.min(known.firstAt, at),
      lastAt: Math.max(known.lastAt, at),
      by: known.by?.id === by.id ? by : null,
    });
    return false;
  }

  get counting(): boolean {
    return this.#counts.size > 0;
  }

  /** Whether something was counted in another minute than that of `at`. */
  isOver(at: number): boolean {
    return this.counting && minuteOf(at) !== this.#minute;
  }

  /** What was counted since the last time; counting begins anew. */
  takeCounts(): CountedRefusals[] {
    const counts = [...this.#counts.values()];
    this.#counts.clear();
    return counts;
  }
}

function minuteOf(at: number): number {
  return Math.floor(at / MINUTE_MS);
}
