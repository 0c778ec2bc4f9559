/*
 * How many listeners a node takes: as many as its media workers can serve when all of them hear the most at once, by what a packet was
 * measured to cost here (NP30 to NP33). Nothing here reads a clock. Processor time, never time on the wall: another process that is busy
 * makes a packet late, not dear.
 */

export const CAPACITY = Object.freeze({
  /** Share of a core that a media worker, or the pump's own thread, may use; beyond it packets begin to wait. */
  safeShare: 0.7,
  /** A programme and an overlay on it, 50 packets/s each: no zone has more at once. Pilots, one a second, are left out. */
  packetsPerSecond: 100,
  /** Of a packet, µs, where nothing was measured yet: `npm run bench -- density` finds 12 to 17. */
  startUs: 14,
  /** What is measured below or above is taken for these: a machine so fast or slow has not been seen. */
  leastUs: 6,
  mostUs: 40,
  /** Share of a core that a worker uses without sending anything. */
  idleShare: 0.007,
  /** A look at a worker that has sent fewer packets says nothing: 60 listeners of one voice for 10 s. */
  leastPackets: 30_000,
  /** Nor does one in which more clients joined: each costs a worker as much as a hundred packets. */
  mostJoins: 10,
  /** Share of a new measurement in the estimate. */
  weight: 0.2,
  /** Places stay until they would be others by this share. */
  deadBand: 0.1,
  /** A pump that is too busy is so after this many looks in a row, and until it uses less than this share. */
  busyLooks: 2,
  calmShare: 0.6,
});

/** What one media worker did between two looks. */
export interface WorkerUse {
  readonly cpuMs: number;
  readonly wallMs: number;
  /** To all its clients. */
  readonly packets: number;
  /** Clients that joined. */
  readonly joins: number;
}

/** NP30: µs of processor time for one packet; null: this look says nothing. */
export function packetCostUs(
  { cpuMs, wallMs, packets, joins }: WorkerUse,
  leastPackets: number = CAPACITY.leastPackets,
): number | null {
  if (packets === 0 || packets < leastPackets || joins > CAPACITY.mostJoins) return null;
  return boundedCost(((cpuMs - CAPACITY.idleShare * wallMs) * 1_000) / packets);
}

/** NP31: a cost that a machine may have. */
export const boundedCost = (us: number) => Math.min(CAPACITY.mostUs, Math.max(CAPACITY.leastUs, us));

/** NP31: the estimate with one measurement more. */
export const foldCost = (estimateUs: number, measuredUs: number) =>
  boundedCost(estimateUs + CAPACITY.weight * (measuredUs - estimateUs));

/** NP30: listeners that so many workers serve, at least one. */
export function placesFor(costUs: number, workers: number, safeShare: number = CAPACITY.safeShare): number {
  const each = Math.floor((safeShare * 1e6) / (costUs * CAPACITY.packetsPerSecond));
  return Math.max(1, each) * workers;
}

/** NP31: `before`, until `next` is clearly another number. */
export const steadyPlaces = (before: number, next: number) =>
  Math.abs(next - before) > CAPACITY.deadBand * before ? next : before;

/** NP32: whether the pump's own thread does too much; `looks` in a row at which it did. */
export interface Busy {
  readonly busy: boolean;
  readonly looks: number;
}
export const NOT_BUSY: Busy = Object.freeze({ busy: false, looks: 0 });

export function lookAtBusy(before: Busy, share: number, safeShare: number = CAPACITY.safeShare): Busy {
  if (before.busy) return share < safeShare * (CAPACITY.calmShare / CAPACITY.safeShare) ? NOT_BUSY : before;
  if (share < safeShare) return NOT_BUSY;
  const looks = before.looks + 1;
  return { busy: looks >= CAPACITY.busyLooks, looks };
}

/**
 * NP32, NP33: listeners that are taken now. Never fewer than there were within the last minute (`peak`), so nobody who had a place loses it
 * to a new estimate, nor to the death of a worker; never more than `set`.
 */
export function takenUpTo(places: number, peak: number, busy: boolean, set: number | null): number {
  return Math.min(set ?? Number.POSITIVE_INFINITY, Math.max(peak, busy ? 0 : places));
}
