/** How much of each stretch of `SLOT_MS` a receiver has heard, in ms, by the stretch's number. */
export type HeardSlots = Map<number, number>;

/** What the database says that was heard. */
export interface HeardRecord {
  readonly firstSoundAt: Date;
  readonly lastSoundAt: Date;
  readonly renderedMs: number;
}

const SLOT_MS = 100;

/** @param heardMs server time at which it was heard. */
export const slotOf = (heardMs: number): number => Math.floor(heardMs / SLOT_MS);

/**
 * How much of what a receiver has heard stands in none of its records, in ms: outside of all of them (PO20: a record goes from its first to its last
 * sound, pauses of up to 10 s included), or within one that says it has less.
 */
export function unrecordedMs(heard: ReadonlyMap<number, number>, records: readonly HeardRecord[]): number {
  let missing = 0;
  const within = records.map(() => 0);
  for (const [slot, ms] of heard) {
    const from = slot * SLOT_MS;
    let covered = 0;
    for (const [i, record] of records.entries()) {
      const overlap =
        Math.min(from + SLOT_MS, record.lastSoundAt.getTime()) - Math.max(from, record.firstSoundAt.getTime());
      if (overlap <= 0) continue;
      covered += overlap;
      // The stretches at its ends are heard in part only.
      if (overlap === SLOT_MS) within[i] = (within[i] ?? 0) + ms;
    }
    missing += Math.max(0, ms - covered);
  }
  return missing + records.reduce((sum, { renderedMs }, i) => sum + Math.max(0, (within[i] ?? 0) - renderedMs), 0);
}
