/*
 * What came over a line between two nodes and what did not, by the sequence numbers of its packets (ND61). Times in ms on the clock of
 * whoever calls.
 */

/** ND61: a packet that has not come by then, although it was asked for again, is lost: its sound was to be played by then. */
export const LOST_AFTER_MS = 1_000;
/** Numbers that are waited for; beyond them a gap is lost at once. */
export const MAX_AWAITED = 4_096;

export interface LineTally {
  /** A packet came. A second copy counts for nothing. */
  note(sequence: number, nowMs: number): void;
  /** Packets up to now; to be asked often enough that numbers do not come round. */
  at(nowMs: number): LineCounts;
}

export interface LineCounts {
  readonly received: number;
  readonly lost: number;
}

export function createLineTally(): LineTally {
  let highest: number | null = null;
  let received = 0;
  let lost = 0;
  /** Numbers that did not come yet, and when that was noticed. Oldest first. */
  const awaited = new Map<number, number>();

  const giveUp = (nowMs: number) => {
    for (const [sequence, since] of awaited) {
      if (nowMs - since < LOST_AFTER_MS && awaited.size <= MAX_AWAITED) break;
      awaited.delete(sequence);
      lost += 1;
    }
  };

  return {
    note(sequence, nowMs) {
      const ahead = highest === null ? 1 : (sequence - highest) & 0xffff;
      if (ahead === 0) return;
      if (ahead < 0x8000) {
        for (let n = 1; n < ahead; n++) awaited.set(((highest ?? 0) + n) & 0xffff, nowMs);
        highest = sequence;
        received += 1;
        giveUp(nowMs);
      } else if (awaited.delete(sequence)) received += 1;
    },
    at(nowMs) {
      giveUp(nowMs);
      return { received, lost };
    },
  };
}
