import { FRAME_MS } from '@loa/shared/protocol/limits';
import { toMs, toStampSample, unwrapTimestamp } from '@loa/shared/playout/stamp-sample';
import { type HeardSlots, slotOf } from './unrecorded.ts';

/** Two stamps closer than this are the same moment twice: a frame is 20 ms, and what a clock is slewed is far less. */
const DOUBLED_MS = FRAME_MS - 5;
/** Who has had nothing to play for so long hears nothing now, ms. */
const HEARD_NOW_MS = 100;
/** Stamps that a window takes over from the one before: a hole may begin with them. */
const KEPT = 10;

const ascending = (one: number, other: number) => one - other;

/** How far each stamp is from the one before it, ms. */
function apartOf(stamps: ReadonlySet<number>): number[] {
  const sorted = [...stamps].sort(ascending);
  return sorted.slice(1).map((stamp, i) => stamp - (sorted[i] ?? 0));
}

/** Which moments of one broadcast each receiver could play, from the stamps that came in time, over whatever path. */
export class HeardStamps {
  readonly #playableMs: number;
  /** The broadcast that is listened to: nothing else may come. 0: none. */
  #tag = 0;
  /** Stamps in server ms. */
  readonly #stamps = new Map<string, Set<number>>();
  /** What was heard since `follow`. */
  readonly #slots = new Map<string, HeardSlots>();
  #wrong = 0;
  #ended = false;

  constructor(playableMs: number) {
    this.#playableMs = playableMs;
  }

  /** From now on this broadcast has to be heard by everybody, and nothing but it by anybody. */
  follow(tag: number): void {
    this.#tag = tag;
    this.#stamps.clear();
    this.#slots.clear();
    this.#wrong = 0;
  }

  /** Receivers that have heard it. */
  get receivers(): number {
    return this.#stamps.size;
  }

  /** What each receiver has heard since `follow`. */
  get slots(): ReadonlyMap<string, HeardSlots> {
    return this.#slots;
  }

  /**
   * What nobody should have heard since the last `forget`, summed over all receivers, in ms: sound of other broadcasts, whether they are
   * over, wait below or never were, and moments of this one that came twice with different stamps. One such moment at a receiver is the
   * seam where a source comes back after what stood in for it; two sources at once make them with every frame.
   */
  get wrongMs(): number {
    let doubledMs = 0;
    for (const stamps of this.#stamps.values()) {
      const overlaps = apartOf(stamps).flatMap((apart) => (apart < DOUBLED_MS ? FRAME_MS - apart : []));
      if (overlaps.length > 1) doubledMs += overlaps.reduce((sum, ms) => sum + ms, 0);
    }
    return this.#wrong * FRAME_MS + Math.round(doubledMs);
  }

  note(receiver: string, tag: number, rtpTimestamp: number, arrivedServerMs: number): void {
    if (this.#tag === 0 || this.#ended) return;
    if (tag !== this.#tag) {
      this.#wrong += 1;
      return;
    }
    const stampMs = toMs(unwrapTimestamp(rtpTimestamp, toStampSample(arrivedServerMs)));
    if (arrivedServerMs > stampMs + this.#playableMs) return;
    const stamps = this.#stamps.get(receiver) ?? new Set<number>();
    this.#stamps.set(receiver, stamps);
    if (stamps.has(stampMs)) return;
    stamps.add(stampMs);
    const slots = this.#slots.get(receiver) ?? new Map<number, number>();
    this.#slots.set(receiver, slots);
    const slot = slotOf(stampMs + this.#playableMs);
    slots.set(slot, (slots.get(slot) ?? 0) + FRAME_MS);
  }

  /** All receivers are ended from `nowMs` on (server time): what they have got for later they do not play. */
  endAt(nowMs: number): void {
    this.#ended = true;
    for (const slots of this.#slots.values())
      for (const slot of slots.keys()) if (slot >= slotOf(nowMs)) slots.delete(slot);
  }

  /** Others have taken their places. */
  goOn(): void {
    this.#ended = false;
  }

  /** The longest hole of each receiver since the last `forget`, until `nowMs` (server time less the delay), ms. */
  gaps(nowMs: number): number[] {
    return [...this.#stamps.values()].map((stamps) => {
      const gap = Math.max(0, ...apartOf(stamps).map((apart) => apart - FRAME_MS));
      // Who hears nothing any more has a hole that is not over.
      return Math.max(gap, nowMs - this.#playableMs - Math.max(0, ...stamps));
    });
  }

  /** Whether all who have heard it hear it now, as far as what is played until `nowMs` (server time less the delay) says. */
  isHeardByAll(nowMs: number): boolean {
    const newest = [...this.#stamps.values()].map((stamps) => Math.max(0, ...stamps));
    return newest.every((stamp) => nowMs - this.#playableMs - stamp < HEARD_NOW_MS);
  }

  /** Begins a new window; the last stamps stay, because a hole may begin with them. */
  forget(): void {
    this.#wrong = 0;
    for (const [receiver, stamps] of this.#stamps)
      this.#stamps.set(receiver, new Set([...stamps].sort(ascending).slice(-KEPT)));
  }
}
