import { FRAME_MS } from '@loa/shared/protocol/limits';
import { toMs, toStampSample, unwrapTimestamp } from '@loa/shared/playout/stamp-sample';

/** Which moments of one broadcast each receiver could play, from the stamps that came in time, over whatever path. */
export class HeardStamps {
  /** The broadcast that is listened to. */
  tag = 0;
  readonly #playableMs: number;
  /** Stamps in server ms. */
  readonly #stamps = new Map<string, Set<number>>();
  #wrong = 0;

  constructor(playableMs: number) {
    this.#playableMs = playableMs;
  }

  get receivers(): number {
    return this.#stamps.size;
  }

  /** Sound of other broadcasts since the last `forget`, summed over all receivers, ms. */
  get wrongMs(): number {
    return this.#wrong * FRAME_MS;
  }

  note(receiver: string, tag: number, rtpTimestamp: number, arrivedServerMs: number): void {
    if (this.tag === 0) return;
    if (tag !== this.tag) {
      this.#wrong += 1;
      return;
    }
    const stampMs = toMs(unwrapTimestamp(rtpTimestamp, toStampSample(arrivedServerMs)));
    if (arrivedServerMs > stampMs + this.#playableMs) return;
    const stamps = this.#stamps.get(receiver) ?? new Set<number>();
    this.#stamps.set(receiver, stamps.add(Math.round(stampMs)));
  }

  /** The longest hole of each receiver since the last `forget`, until `nowMs` (server time less the delay), ms. */
  gaps(nowMs: number): number[] {
    return [...this.#stamps.values()].map((stamps) => {
      const sorted = [...stamps].sort((one, other) => one - other);
      let gap = 0;
      for (let i = 1; i < sorted.length; i++) gap = Math.max(gap, (sorted[i] ?? 0) - (sorted[i - 1] ?? 0) - FRAME_MS);
      // Who hears nothing any more has a hole that is not over.
      return Math.max(gap, nowMs - this.#playableMs - (sorted.at(-1) ?? 0));
    });
  }

  /** Begins a new window; the last stamps stay, because a hole may begin with them. */
  forget(): void {
    this.#wrong = 0;
    for (const [receiver, stamps] of this.#stamps)
      this.#stamps.set(receiver, new Set([...stamps].sort((one, other) => one - other).slice(-10)));
  }
}
