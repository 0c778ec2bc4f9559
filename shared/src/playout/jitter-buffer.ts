import { SAMPLES_PER_MS, type StampSample } from './stamp-sample.ts';

/** One Opus packet of one broadcast, placed on the timeline. */
export interface BufferedPacket {
  readonly start: StampSample;
  /** Length in samples. */
  readonly samples: number;
  readonly payload: Uint8Array;
  /** Silence that the pump sent in place of a source (`stand-in.ts`). */
  readonly standIn: boolean;
}

/** Packets further ahead of the playout position than this are refused, in ms: the largest playout delay and as much again. */
export const MAX_AHEAD_MS = 10_000;
/** Most packets held for one broadcast: `MAX_AHEAD_MS` of the shortest frames. */
export const MAX_BUFFERED_PACKETS = MAX_AHEAD_MS / 10;

/**
 * PO2, PO3: the packets of one broadcast that wait for their time, ordered by stamp. Sequence numbers play no part, because
 * two broadcasts may share a bus and one broadcast may come over two.
 */
export class JitterBuffer {
  readonly #packets: BufferedPacket[] = [];

  /** False for a duplicate (same stamp), for a stand-in where there is sound, and when the buffer is full. */
  insert(packet: BufferedPacket): boolean {
    if (this.#packets.length >= MAX_BUFFERED_PACKETS) return false;
    const overlaps = this.#overlaps(packet);
    if (packet.standIn && overlaps.some((other) => !other.standIn)) return false;
    if (!packet.standIn) this.#remove(overlaps.filter((other) => other.standIn));
    let index = this.#packets.length;
    while (index > 0 && (this.#packets[index - 1]?.start ?? 0) > packet.start) index -= 1;
    if (this.#packets[index - 1]?.start === packet.start) return false;
    this.#packets.splice(index, 0, packet);
    return true;
  }

  /** PO3: a broadcast that moves to another bus says its end on the old one; the sound that goes on takes that place. */
  #remove(packets: readonly BufferedPacket[]): void {
    for (const packet of packets) this.#packets.splice(this.#packets.indexOf(packet), 1);
  }

  /** Packets that share more than half of their time with `packet`. */
  #overlaps(packet: BufferedPacket): BufferedPacket[] {
    return this.#packets.filter((other) => Math.abs(other.start - packet.start) * 2 < packet.samples);
  }

  first(): BufferedPacket | undefined {
    return this.#packets[0];
  }

  shift(): BufferedPacket | undefined {
    return this.#packets.shift();
  }

  /** Forgets what would already be over at `sample`; returns how many packets that were. */
  dropBefore(sample: StampSample): number {
    let count = 0;
    for (let first = this.first(); first && first.start + first.samples <= sample; first = this.first()) {
      this.#packets.shift();
      count += 1;
    }
    return count;
  }

  get length(): number {
    return this.#packets.length;
  }
}

/** PO18: whether a stamp is so far ahead of the playout position that it can only be an error. */
export function isTooFarAhead(start: StampSample, position: StampSample): boolean {
  return start - position > MAX_AHEAD_MS * SAMPLES_PER_MS;
}
